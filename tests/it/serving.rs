//! What an operator serves of itself over real HTTP: metrics that Prometheus can read, health by name.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use kube_embedded::Fault;
use kube_embedded::Server;
use kube_runtime::core::Config;
use kube_runtime::endpoint::Endpoint;
use kube_runtime::manager::Running;
use kube_runtime::prelude::*;
use kube_runtime::shutdown::Shutdown;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::time::Instant;

/// An errand, and how it is to end.
#[derive(Resource, Clone, Debug)]
#[resource(group = "test.example.com", version = "v1", kind = "Errand", namespaced)]
struct ErrandSpec {
    ends: String,
}

#[controller(timeout = "100ms", workers = 3)]
async fn run(errand: Object<Errand>) -> Result<Action> {
    match errand.spec.ends.as_str() {
        "well" => Ok(Action::done()),
        "later" => Ok(Action::after(Duration::from_secs(3600))),
        "terminal" => Err(Terminal::because("never").into()),
        "panic" => panic!("as it was told to"),
        _ => std::future::pending().await,
    }
}

/// An API server on a port, and its administrator.
struct Api {
    server: Server,
    client: Client,
    _listening: kube_embedded::Listening,
}

impl Api {
    async fn listen() -> Self {
        let server = Server::builder().build();
        let listening = server.listen((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
        let config = Config::new(&listening.url()).unwrap().token(server.admin_token());
        let client = Client::new(config).unwrap();
        Self { server, client, _listening: listening }
    }

    async fn start(&self, operator: Operator) -> Running {
        operator.install_crds(&self.client).await.unwrap();
        operator.start(self.client.clone(), Shutdown::new()).await.unwrap()
    }
}

/// Status and text of an answer, as any HTTP client reads them.
async fn get(address: SocketAddr, target: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {target} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, text) = answer.split_once("\r\n\r\n").expect("a head ends with an empty line");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok((status.expect("a status"), text.to_owned()))
}

async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < Duration::from_secs(30), "never came true: {what}");
        tokio::task::yield_now().await;
    }
}

/// The numbers of a page by name and labels. It is as strict as Prometheus: a type before the samples, each family in one piece, no series
/// twice, buckets that ascend.
fn read(page: &str) -> BTreeMap<String, f64> {
    let mut numbers = BTreeMap::new();
    let mut families = Vec::new();
    let mut below = (String::new(), 0.0);
    for line in page.lines() {
        if let Some(head) = line.strip_prefix("# TYPE ") {
            let (name, kind) = head.split_once(' ').expect("a name and a kind");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(families.iter().all(|(known, _)| *known != name), "{name} in two pieces");
            families.push((name, kind));
            continue;
        }
        if line.starts_with("# HELP ") {
            continue;
        }
        let (series, value) = line.rsplit_once(' ').expect("a series and a value");
        let value: f64 = value.parse().expect("a number");
        let name = series.split('{').next().expect("a name");
        let (family, kind) = families.last().expect("a type stands before");
        let suffix = name.strip_prefix(family).expect("the family that was begun");
        match *kind {
            "histogram" => assert!(["_bucket", "_sum", "_count"].contains(&suffix), "{line}"),
            _ => assert_eq!(suffix, "", "{line}"),
        }
        if let Some((bucket, _)) = series.split_once("le=") {
            let ascends = below.0 != bucket || below.1 <= value;
            assert!(ascends, "buckets descend at {line}");
            below = (bucket.to_owned(), value);
        }
        assert_eq!(numbers.insert(series.to_owned(), value), None, "{series} twice");
    }
    numbers
}

fn everywhere() -> Endpoint {
    Endpoint::default().metrics("127.0.0.1:0").probes("127.0.0.1:0")
}

#[tokio::test]
async fn a_scrape_says_what_became_of_every_reconcile() {
    let api = Api::listen().await;
    let operator = Operator::new("errands").controller(run).serve(everywhere());
    let running = api.start(operator).await;
    let address = running.metrics_address().unwrap();
    for ends in ["well", "later", "terminal", "panic", "never"] {
        let errand = Errand::new(ends, ErrandSpec { ends: ends.to_owned() });
        api.client.namespace("default").create(&errand).await.unwrap();
    }
    let total = |result: &str| {
        format!("controller_runtime_reconcile_total{{controller=\"run\",result=\"{result}\"}}")
    };
    let of = |name: &str| format!("{name}{{controller=\"run\"}}");
    let mut numbers = BTreeMap::new();
    until("all five have ended once", async || {
        let (status, page) = get(address, "/metrics").await.unwrap();
        assert_eq!(status, 200);
        numbers = read(&page);
        ["success", "requeue_after"].iter().all(|result| numbers[&total(result)] >= 1.0)
            && numbers[&of("controller_runtime_terminal_reconcile_errors_total")] >= 1.0
            && numbers[&of("controller_runtime_reconcile_panics_total")] >= 1.0
            && numbers[&of("controller_runtime_reconcile_timeouts_total")] >= 1.0
    })
    .await;
    let errors = numbers[&of("controller_runtime_reconcile_errors_total")];
    assert!(errors >= 3.0 && errors == numbers[&total("error")], "{numbers:#?}");
    assert_eq!(numbers[&of("controller_runtime_max_concurrent_reconciles")], 3.0);
    let all: f64 =
        ["success", "requeue_after", "requeue", "error"].map(|it| numbers[&total(it)]).iter().sum();
    assert_eq!(numbers[&of("controller_runtime_reconcile_time_seconds_count")], all);
    let queue =
        |name: &str| numbers[&format!("workqueue_{name}{{name=\"run\",controller=\"run\"}}")];
    assert!(queue("adds_total") >= 5.0 && queue("retries_total") >= 3.0, "{numbers:#?}");
    assert!(queue("work_duration_seconds_count") >= 5.0);
    let cache = |name: &str| {
        let labels = "group=\"test.example.com\",version=\"v1\",kind=\"Errand\",namespace=\"\",selector=\"\"";
        numbers[&format!("kube_runtime_{name}{{{labels}}}")]
    };
    assert_eq!((cache("cache_objects"), cache("cache_synced")), (5.0, 1.0));
    assert!(cache("cache_bytes") > 0.0);
    let host = api.client.describe();
    let host = host.trim_start_matches("http://").split(' ').next().unwrap();
    let lists =
        format!("rest_client_requests_total{{code=\"200\",method=\"GET\",host=\"{host}\"}}");
    assert!(numbers[&lists] >= 1.0, "{lists} in {numbers:#?}");
    assert_eq!(read(&running.metrics()).len(), numbers.len(), "a program may serve it itself");
    running.stop().await.unwrap();
    assert!(get(address, "/metrics").await.is_err(), "the port goes with the operator");
}

#[tokio::test]
async fn it_is_ready_when_every_cache_is_synced_and_the_programs_own_checks_pass() {
    let api = Api::listen().await;
    for verb in ["list", "watch"] {
        api.server.faults().inject(Fault::refuse(503).on(verb, "errands"));
    }
    let connected = Arc::new(AtomicBool::new(false));
    let database = Arc::clone(&connected);
    // The port must be known before the start has ended.
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let operator = Operator::new("errands")
        .controller(run)
        .serve(Endpoint::default().probes(address.to_string()))
        .ready_check("database", move || {
            let connected = database.load(Ordering::SeqCst);
            async move { connected.then_some(()).ok_or_else(|| anyhow::anyhow!("not connected")) }
        });
    operator.install_crds(&api.client).await.unwrap();
    let start = operator.start(api.client.clone(), Shutdown::new());
    let watching = async {
        until("it answers, and is not ready", async || {
            let answer = get(address, "/readyz?exclude=database").await;
            answer.is_ok_and(|(status, text)| {
                status == 500 && text.contains("[-]caches failed: reason withheld\n")
            })
        })
        .await;
        assert_eq!(get(address, "/healthz").await.unwrap(), (200, "ok".to_owned()));
        until("lists were refused", async || !api.server.faults().hits().is_empty()).await;
        assert_eq!(get(address, "/readyz/caches").await.unwrap().0, 500);
        api.server.faults().clear();
    };
    let (running, ()) = tokio::join!(start, watching);
    let running = running.unwrap();
    assert_eq!(running.probes_address(), Some(address));
    assert_eq!(get(address, "/readyz/caches").await.unwrap(), (200, "ok".to_owned()));
    let (status, text) = get(address, "/readyz").await.unwrap();
    let expected =
        "[+]caches ok\n[+]shutdown ok\n[-]database failed: reason withheld\nreadyz check failed\n";
    assert_eq!((status, text.as_str()), (500, expected));
    let reason = running.vitals().ready().await.unwrap_err().to_string();
    assert_eq!(reason, "not ready: database (not connected)");
    connected.store(true, Ordering::SeqCst);
    assert_eq!(get(address, "/readyz").await.unwrap(), (200, "ok".to_owned()));
    assert_eq!(get(address, "/metrics").await.unwrap().0, 404, "nobody asked for metrics");
    let vitals = running.vitals();
    running.stop().await.unwrap();
    let reason = vitals.ready().await.unwrap_err().to_string();
    assert_eq!(reason, "not ready: shutdown (the operator was asked to stop)");
}

#[tokio::test]
async fn an_operator_opens_no_port_that_nobody_asked_for_and_tells_its_numbers_all_the_same() {
    let api = Api::listen().await;
    let running = api.start(Operator::new("errands").controller(run)).await;
    assert_eq!((running.metrics_address(), running.probes_address()), (None, None));
    let vitals = running.vitals();
    vitals.ready().await.unwrap();
    vitals.live().await.unwrap();
    assert!(read(&vitals.metrics()).len() > 50);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn an_address_that_is_taken_ends_the_start_before_any_request() {
    let api = Api::listen().await;
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let operator = Operator::new("errands").controller(run);
    let operator = operator.serve(Endpoint::default().metrics(&address));
    let before = api.server.journal().len();
    let error = operator.start(api.client.clone(), Shutdown::new()).await.unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("failed to listen for metrics on `{address}`: ")),
        "{error}"
    );
    assert_eq!(api.server.journal().len(), before);
}
