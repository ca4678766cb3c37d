//! The promises of the live page, one test each: what is answered to whom, and what the data says.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use tokio::time::Instant;

use super::Admin;
use super::Ask;
use super::Site;
use super::answer;
use crate::clock::Clock;
use crate::controller::Part;
use crate::endpoint::Checks;
use crate::endpoint::Endpoint;
use crate::endpoint::Vitals;
use crate::error::Error;
use crate::error::Terminal;
use crate::flow::Key;
use crate::leader::Health;
use crate::observe::Ended;
use crate::observe::Reconciles;
use crate::reconcile::plan::Plan;
use crate::workqueue::WorkQueue;
use crate::writeback::event::Recorder;

const SECOND: Duration = Duration::from_secs(1);

fn vitals() -> Vitals {
    let clock = Clock::starting_at("2026-01-01T00:00:00Z".parse().unwrap());
    let endpoint = Endpoint::default();
    Vitals::new("shop", clock, &endpoint, Checks::default(), Checks::default(), Vec::new())
}

/// A controller that works on `prod/a`, with its queue.
fn part(failures: usize) -> (Part, WorkQueue<Key>, Arc<Reconciles>) {
    let (queue, reconciles) = (WorkQueue::metered(), Reconciles::new(2).keeping(failures));
    let reconciles = Arc::new(reconciles);
    let part = Part {
        name: "shop".to_owned(),
        queue: queue.clone(),
        reconciles: Arc::clone(&reconciles),
        plan: Plan::default(),
        workers: Vec::new(),
        leads: true,
        recorder: Recorder::nowhere("shop"),
        deliverers: Vec::new(),
    };
    (part, queue, reconciles)
}

async fn site(admin: Admin, address: &str, vitals: Vitals) -> Site {
    Site::new(&admin, address.parse().unwrap(), vitals).await.unwrap()
}

async fn here(vitals: Vitals) -> Site {
    site(Admin::at("127.0.0.1:80").keys(3), "127.0.0.1:80", vitals).await
}

/// What somebody on this machine asks.
fn ask(path: &str) -> Ask<'_> {
    Ask { method: "GET", path, host: "localhost:80", ..Ask::default() }
}

fn data(site: &Site) -> Value {
    let answer = answer(site, &ask("/admin.json"), "", Instant::now());
    assert_eq!((answer.status, answer.content_type), (200, "application/json"));
    serde_json::from_str(&answer.text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_data_says_where_each_key_is_and_why_it_failed() {
    let vitals = vitals();
    let (part, queue, reconciles) = part(50);
    vitals.controllers(&[part]);
    let _workers = [reconciles.worker(), reconciles.worker()];
    let key = |name| Key::namespaced("prod", name);
    for name in ["a", "b"] {
        queue.add(key(name));
    }
    let taken = queue.get().await.unwrap();
    reconciles.begun();
    tokio::time::advance(2 * SECOND).await;
    queue.add_after(key("c"), 60 * SECOND);
    queue.retry(key("d"), 10 * SECOND);
    let error = Error::from(Terminal::because("the port is no number")).context("failed to open");
    reconciles.begun();
    reconciles.ended(Ended::Terminal, SECOND);
    reconciles.failed(&key("d"), "terminal", &error);
    tokio::time::advance(SECOND).await;
    let site = here(vitals).await;
    let shop = &data(&site)["controllers"][0];
    let expected = json!({
        "queued": 1, "processing": 1, "delayed": 2, "adds": 2, "retries": 2, "total": 4,
        "keys": [
            { "key": "prod/a", "state": "processing", "again": false, "ageMs": 3000, "failures": 0 },
            { "key": "prod/b", "state": "queued", "priority": "normal", "again": false, "ageMs": 3000, "failures": 0 },
            { "key": "prod/d", "state": "held", "again": false, "dueInMs": 9000, "failures": 1 },
        ],
    });
    assert_eq!(shop["queue"], expected);
    let expected = json!([{
        "key": "prod/d", "class": "terminal", "times": 1, "firstMsAgo": 1000, "lastMsAgo": 1000,
        "chain": ["failed to open", "not tried again until the object changes", "the port is no number"],
    }]);
    assert_eq!(shop["errors"], expected);
    let expected = json!({
        "active": 1, "success": 0, "requeue": 0, "errors": 1, "terminal": 1, "panics": 0,
        "timeouts": 0, "meanUs": 1_000_000,
    });
    assert_eq!(shop["reconciles"], expected);
    assert_eq!((&shop["workers"], &shop["workersAlive"]), (&json!(2), &json!(2)));
    queue.done(&taken);
}

#[tokio::test(start_paused = true)]
async fn the_data_says_whose_it_is_when_and_for_how_long_it_has_run() {
    let vitals = vitals();
    let site = here(vitals.clone()).await;
    tokio::time::advance(90 * SECOND).await;
    let before = data(&site);
    assert_eq!((&before["version"], &before["at"]), (&json!(1), &json!("2026-01-01T00:01:30Z")));
    let expected = json!({
        "name": "shop", "runtime": env!("CARGO_PKG_VERSION"), "state": "starting", "uptimeMs": 90_000,
    });
    assert_eq!(before["operator"], expected);
    assert_eq!(before.get("lease"), None);
    vitals.controllers(&[part(0).0]);
    assert_eq!(data(&site)["operator"]["state"], "running");
    let stop = crate::shutdown::Shutdown::new();
    vitals.stops_with(stop.clone());
    stop.begin();
    assert_eq!(data(&site)["operator"]["state"], "stopping");
}

#[tokio::test(start_paused = true)]
async fn only_what_needs_the_lease_waits_for_it() {
    let health = Health {
        lease: "prod/shop".to_owned(),
        identity: "one".to_owned(),
        holder: None,
        term: None,
        wanted_by: None,
        expires: None,
        last_error: None,
        failures: 0,
    };
    let (_elector, leadership) = tokio::sync::watch::channel(health);
    let elected = |parts: &[Part]| {
        let vitals = vitals();
        vitals.elects(leadership.clone());
        vitals.controllers(parts);
        vitals
    };
    let free = || Part { leads: false, name: "free".to_owned(), ..part(0).0 };
    let mixed = data(&here(elected(&[free(), part(0).0])).await);
    assert_eq!(mixed["operator"]["state"], "waiting to lead");
    let waits = |place: usize| &mixed["controllers"][place]["waits"];
    assert_eq!((waits(0), waits(1)), (&json!(false), &json!(true)));
    let alone = data(&here(elected(&[free()])).await);
    assert_eq!(alone["operator"]["state"], "running");
}

#[tokio::test(start_paused = true)]
async fn without_a_page_no_failure_is_kept() {
    let (part, _, reconciles) = part(0);
    reconciles.failed(&Key::cluster("a"), "error", &Error::msg("no"));
    let vitals = vitals();
    vitals.controllers(&[part]);
    assert_eq!(data(&here(vitals).await)["controllers"][0]["errors"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn nothing_runs_or_comes_from_elsewhere_in_the_page_and_nothing_keeps_what_is_answered() {
    let site = here(vitals()).await;
    let said = answer(&site, &ask("/"), "n0nce", Instant::now());
    let headers: HashMap<_, _> = said.headers.into_iter().collect();
    let policy = &headers["content-security-policy"];
    for part in ["default-src 'none'", "script-src 'nonce-n0nce'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(said.text.matches("nonce=\"n0nce\"").count() == 2 && !said.text.contains("{nonce}"));
    for foreign in ["http://", "https://", "innerHTML", "outerHTML", "insertAdjacent", " style="] {
        assert!(!said.text.contains(foreign), "{foreign} in the page");
    }
    for path in ["/", "/admin.json", "/else"] {
        let said = answer(&site, &ask(path), "n0nce", Instant::now());
        let headers: HashMap<_, _> = said.headers.into_iter().collect();
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_may_not_look_is_told_so_and_nothing_else() {
    let open = here(vitals()).await;
    let admin = Admin::at("10.0.0.1:80");
    let guarded = site(admin, "10.0.0.1:80", vitals()).await;
    let rows = [
        (&open, ask("/admin.json"), 200),
        (&open, Ask { method: "HEAD", ..ask("/") }, 200),
        (&open, Ask { host: "evil.example", ..ask("/admin.json") }, 421),
        (&open, Ask { host: "evil.example", ..ask("/") }, 421),
        (&open, Ask { fetch_site: "cross-site", ..ask("/admin.json") }, 403),
        (&open, Ask { fetch_site: "cross-site", ..ask("/") }, 200),
        (&open, Ask { method: "POST", ..ask("/admin.json") }, 405),
        (&open, ask("/metrics"), 404),
        (&guarded, ask("/admin.json"), 401),
        (&guarded, Ask { host: "shop.example", ..ask("/") }, 200),
        (&guarded, Ask { authorization: "Bearer guess", ..ask("/admin.json") }, 401),
    ];
    for (site, ask, status) in rows {
        let said = answer(site, &ask, "", Instant::now());
        assert_eq!(said.status, status, "{ask:?}");
        assert!(status == 200 || !said.text.contains("shop"), "{}", said.text);
    }
    let url = guarded.url("10.0.0.1:80".parse().unwrap());
    let token = url.strip_prefix("http://10.0.0.1:80/#token=").unwrap();
    let bearer = format!("Bearer {token}");
    let said =
        answer(&guarded, &Ask { authorization: &bearer, ..ask("/admin.json") }, "", Instant::now());
    assert_eq!(said.status, 200);
    assert!(!format!("{guarded:?}").contains(token));
}

#[tokio::test]
async fn a_token_file_that_is_of_no_use_is_one_line_with_its_path_and_the_remedy() {
    let path = std::env::temp_dir().join(format!("kube-runtime-token-{}", std::process::id()));
    let admin = Admin::at(":80").token_file(&path);
    let address = "127.0.0.1:80".parse().unwrap();
    let said = async || {
        let error = Site::new(&admin, address, vitals()).await.unwrap_err();
        crate::error::chain(&error)
    };
    let missing = said().await;
    let start = format!("failed to read the token of the live page from `{}` (", path.display());
    assert!(missing.starts_with(&start), "{missing}");
    std::fs::write(&path, "secret\n").unwrap();
    let short = said().await;
    assert!(short.contains("use at least 16 printable characters"), "{short}");
    assert!(short.starts_with(&start) && !short.contains("secret"), "{short}");
    std::fs::write(&path, "0123456789abcdef\nand more\n").unwrap();
    let site = Site::new(&admin, address, vitals()).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(site.url(address), "http://127.0.0.1:80/", "who made it knows it");
    let authorization = "Bearer 0123456789abcdef";
    let asked = Ask { authorization, ..ask("/admin.json") };
    assert_eq!(answer(&site, &asked, "", Instant::now()).status, 200);
    assert_eq!(answer(&site, &ask("/admin.json"), "", Instant::now()).status, 401);
}
