//! The live page over real HTTP: what it says of a working operator, whom it refuses, and that a browser shows it.

use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use kube_embedded::Server;
use kube_runtime::core::Config;
use kube_runtime::leader::LeaderElection;
use kube_runtime::manager::Running;
use kube_runtime::prelude::*;
use kube_runtime::shutdown::Shutdown;
use serde_json::Value;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::time::Instant;

/// A parcel, and what becomes of it.
#[derive(Resource, Clone, Debug)]
#[resource(group = "test.example.com", version = "v1", kind = "Parcel", namespaced)]
struct ParcelSpec {
    fate: String,
}

#[controller(workers = 2)]
async fn carry(parcel: Object<Parcel>) -> Result<Action> {
    match parcel.spec.fate.as_str() {
        "delivered" => Ok(Action::done()),
        "tomorrow" => Ok(Action::after(Duration::from_secs(86_400))),
        "lost" => Err(anyhow::anyhow!("no such street: <img src=x onerror=document.title='mine'>")
            .context("failed to deliver the parcel")),
        "refused" => Err(Terminal::because("nobody opens").into()),
        _ => std::future::pending().await,
    }
}

/// An operator that has one parcel of each fate.
struct Depot {
    running: Running,
    _listening: kube_embedded::Listening,
}

impl Depot {
    async fn open(address: &str) -> Self {
        let server = Server::builder().build();
        let listening = server.listen((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
        let config = Config::new(&listening.url()).unwrap().token(server.admin_token());
        let client = Client::new(config).unwrap();
        let election = LeaderElection::default().identity("depot-1");
        let operator = Operator::new("depot").controller(carry).leader_election(election);
        // One parcel is carried for ever.
        let operator = operator.admin(address).stopped_within(Duration::ZERO);
        operator.install_crds(&client).await.unwrap();
        let running = operator.start(client.clone(), Shutdown::new()).await.unwrap();
        for fate in ["delivered", "tomorrow", "lost", "refused", "carried"] {
            let parcel = Parcel::new(fate, ParcelSpec { fate: fate.to_owned() });
            client.namespace("default").create(&parcel).await.unwrap();
        }
        Self { running, _listening: listening }
    }

    fn address(&self) -> SocketAddr {
        let address = self.running.admin_address().unwrap();
        SocketAddr::from((Ipv4Addr::LOCALHOST, address.port()))
    }

    /// What the page shows, as soon as it shows what is wanted.
    async fn shows(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let (status, text) = ask(self.address(), "GET", "/admin.json", &[]).await;
            assert_eq!(status, 200, "{text}");
            let data = serde_json::from_str(&text).unwrap();
            if wanted(&data) {
                return data;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "never came true: {what}: {data:#}");
            tokio::task::yield_now().await;
        }
    }

    /// All parcels have met their fates, some of them for now.
    async fn settled(&self) -> Value {
        self.shows("all parcels have met their fates", |data| {
            let of = |name: &str| data["controllers"][0]["reconciles"][name].as_u64().unwrap();
            of("success") > 0 && of("requeue") > 0 && of("terminal") > 0 && of("errors") > 2
        })
        .await
    }
}

type Headers<'request> = &'request [(&'request str, &'request str)];

/// Status and text of an answer, as any HTTP client reads them.
async fn ask(address: SocketAddr, method: &str, path: &str, headers: Headers<'_>) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut request = format!("{method} {path} HTTP/1.1\r\n");
    if headers.iter().all(|(name, _)| *name != "host") {
        request.push_str(&format!("host: {address}\r\n"));
    }
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{request}\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, text) = answer.split_once("\r\n\r\n").expect("a head ends with an empty line");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.expect("a status"), text.to_owned())
}

fn key<'a>(data: &'a Value, name: &str) -> &'a Value {
    let keys = data["controllers"][0]["queue"]["keys"].as_array().unwrap();
    keys.iter().find(|key| key["key"] == name).unwrap_or_else(|| panic!("{name} in {data:#}"))
}

#[tokio::test]
async fn the_live_page_says_what_becomes_of_every_key_and_why() {
    let depot = Depot::open("127.0.0.1:0").await;
    let data = depot.settled().await;
    assert_eq!(
        (data["version"].as_u64(), &data["operator"]["state"]),
        (Some(1), &"running".into())
    );
    assert_eq!(key(&data, "default/carried")["state"], "processing");
    assert!(key(&data, "default/carried")["ageMs"].is_u64());
    assert_eq!(key(&data, "default/tomorrow")["state"], "delayed");
    assert!(key(&data, "default/tomorrow")["dueInMs"].as_u64() > Some(86_000_000));
    let data = depot
        .shows("the lost one waits", |data| {
            let keys = data["controllers"][0]["queue"]["keys"].as_array().unwrap();
            keys.iter().any(|key| key["key"] == "default/lost" && key["state"] == "held")
        })
        .await;
    assert!(key(&data, "default/lost")["failures"].as_u64() >= Some(2));
    let errors = data["controllers"][0]["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "the lost one fails in one way, however often: {errors:#?}");
    let lost = errors.iter().find(|error| error["key"] == "default/lost").unwrap();
    assert_eq!(lost["chain"][0], "failed to deliver the parcel");
    assert!(lost["chain"][1].as_str().unwrap().starts_with("no such street: "));
    assert_eq!(lost["chain"].as_array().unwrap().len(), 2);
    assert_eq!(data["lease"]["holder"], "depot-1");
    assert!(data["lease"]["leads"].as_bool().unwrap() && data["lease"]["expiresInMs"].is_u64());
    let cache = &data["caches"][0];
    assert_eq!((&cache["kind"], &cache["objects"]), (&"Parcel".into(), &5.into()));
    assert_eq!((&cache["phase"], &cache["synced"]), (&"watching".into(), &true.into()));
    assert!(cache["bytes"].as_u64() > Some(0) && cache["listedMsAgo"].is_u64(), "{cache:#}");
    assert_eq!(data["controllers"][0]["pipeline"]["objects"], 5);
    assert!(data["requests"]["total"].as_u64() >= Some(3), "list, watch, lease");
    let address = depot.address();
    let (status, page) = ask(address, "GET", "/", &[]).await;
    assert!(status == 200 && page.starts_with("<!doctype html>"));
    depot.running.stop().await.unwrap_err();
    assert!(TcpStream::connect(address).await.is_err(), "the port goes with the operator");
}

#[tokio::test]
async fn who_may_not_look_at_the_live_page_is_refused() {
    let depot = Depot::open("127.0.0.1:0").await;
    let rows: [(&str, &str, Headers<'_>, u16); 6] = [
        ("GET", "/admin.json", &[("host", "evil.example:8090")], 421),
        ("GET", "/", &[("host", "evil.example")], 421),
        ("GET", "/admin.json", &[("host", "localhost"), ("sec-fetch-site", "cross-site")], 403),
        ("POST", "/admin.json", &[("content-length", "0")], 405),
        ("DELETE", "/", &[], 405),
        ("GET", "/metrics", &[], 404),
    ];
    for (method, path, headers, status) in rows {
        let (said, text) = ask(depot.address(), method, path, headers).await;
        assert_eq!(said, status, "{method} {path} {headers:?}: {text}");
        assert!(!text.contains("depot"), "{text}");
    }
    assert_eq!(depot.running.admin_url().unwrap(), format!("http://{}/", depot.address()));

    let guarded = Depot::open("0.0.0.0:0").await;
    let url = guarded.running.admin_url().unwrap();
    let (_, token) = url.split_once("/#token=").unwrap();
    let (right, wrong) = (format!("Bearer {token}"), format!("Bearer {token}x"));
    for (authorization, status) in [(&right, 200), (&wrong, 401), (&String::new(), 401)] {
        let headers = [("authorization", authorization.as_str())];
        assert_eq!(ask(guarded.address(), "GET", "/admin.json", &headers).await.0, status);
    }
    let (status, page) = ask(guarded.address(), "GET", "/", &[]).await;
    assert!(status == 200 && !page.contains("depot"), "the page itself says nothing");
}

/// The browser, or SKIPPED where there is none; under `CI=true` that is a failure.
fn browser() -> Option<&'static str> {
    let runs = |name: &&str| Command::new(name).arg("--version").output().is_ok();
    let found = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(runs);
    if found.is_none() {
        let skipped = "SKIPPED: no Chromium (apt-get install chromium)";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{skipped}");
        #[expect(clippy::print_stderr, reason = "who runs the tests must see it")]
        {
            eprintln!("{skipped}");
        }
    }
    found
}

/// What the browser makes of an address, with these arguments.
async fn browse(browser: &'static str, url: String, arguments: Vec<String>) -> String {
    let browse = move || {
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new(browser);
        command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic"]);
        command.args(["--no-first-run", "--disable-background-networking", "--disable-sync"]);
        command.args(["--disable-component-update", "--enable-logging=stderr"]);
        command.arg("--virtual-time-budget=4000");
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        let output = command.args(arguments).arg(url).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        // What the page's policy forbids, or a mistake in its script.
        assert!(!told.contains("CONSOLE"), "{told}");
        String::from_utf8(output.stdout).unwrap()
    };
    tokio::task::spawn_blocking(browse).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_shows_the_live_page_and_runs_nothing_that_came_from_outside() {
    let Some(browser) = browser() else { return };
    let depot = Depot::open("0.0.0.0:0").await;
    let url = depot.running.admin_url().unwrap().to_owned();
    let without = url.split_once('#').unwrap().0.to_owned();
    let page = browse(browser, url.clone(), vec!["--dump-dom".to_owned()]).await;
    let shown = [
        "<title>depot · running</title>",
        "default/carried",
        "default/tomorrow",
        "held after failure",
        "failed to deliver the parcel",
        "no such street: &lt;img src=x onerror",
        "DeltaFIFO",
        "depot-1",
        "watching",
    ];
    for text in shown {
        assert!(page.contains(text), "`{text}` in\n{page}");
    }
    assert!(!page.contains("<img"), "markup from outside is text");
    let asked = browse(browser, without, vec!["--dump-dom".to_owned()]).await;
    assert!(asked.contains("This page needs a token") && !asked.contains("default/"), "{asked}");
    // For people to look at.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("live-page");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, arguments) in [
        ("light", vec!["--window-size=1120,1100"]),
        ("dark", vec!["--window-size=1120,1100", "--blink-settings=preferredColorScheme=0"]),
    ] {
        let picture = folder.join(format!("{name}.png"));
        let mut arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
        arguments.push(format!("--screenshot={}", picture.display()));
        browse(browser, url.clone(), arguments).await;
        assert!(std::fs::metadata(&picture).unwrap().len() > 10_000, "{}", picture.display());
    }
}

/// Hands the page on without what forbids to frame it, and at `/phone` frames it as wide as a phone and says how wide it became.
async fn phone(listener: TcpListener, page: SocketAddr) {
    const PHONE: &str = "<!doctype html><body style='margin:0'><iframe src='/' width=390 height=1600 style='border:0'></iframe>
        <script>setInterval(() => { const page = frames[0].document.documentElement; document.title = `wide ${page.scrollWidth} ${frames[0].document.title}`; }, 100)</script>";
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 4096];
        let read = stream.read(&mut head).await.unwrap();
        let head = String::from_utf8_lossy(&head[..read]).into_owned();
        let path = head.split(' ').nth(1).unwrap_or("/");
        let text = match path {
            "/phone" => PHONE.to_owned(),
            path => ask(page, "GET", path, &[]).await.1,
        };
        let kind = if path.ends_with(".json") { "application/json" } else { "text/html" };
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
            text.len()
        );
        _ = stream.write_all(answer.as_bytes()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_live_page_is_no_wider_than_a_phone() {
    let Some(browser) = browser() else { return };
    let depot = Depot::open("127.0.0.1:0").await;
    depot.settled().await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/phone", listener.local_addr().unwrap());
    let address = depot.address();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("live-page");
    std::fs::create_dir_all(&folder).unwrap();
    let picture = format!("--screenshot={}", folder.join("phone.png").display());
    let looked = async {
        let page = browse(browser, url.clone(), vec!["--dump-dom".to_owned()]).await;
        browse(browser, url, vec!["--window-size=600,1600".to_owned(), picture]).await;
        page
    };
    let page = tokio::select! {
        page = looked => page,
        () = phone(listener, address) => unreachable!("it serves for ever"),
    };
    assert!(page.contains("<title>wide 390 depot · running</title>"), "{}", &page[..200]);
}
