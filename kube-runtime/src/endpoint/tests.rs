//! The promises of the endpoint, one test each: what is answered, and what the port stands.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio::time::timeout;

use super::Check;
use super::Checks;
use super::Endpoint;
use super::More;
use super::Pages;
use super::Vitals;
use super::answer::Answer;
use super::answer::Serves;
use super::answer::answer;
use super::bind;
use crate::clock::Clock;
use crate::controller::Part;
use crate::error::Error;
use crate::error::Result;
use crate::manager::Group;
use crate::observe::Reconciles;
use crate::reconcile::plan::Plan;
use crate::shutdown::Shutdown;
use crate::workqueue::WorkQueue;
use crate::writeback::event::Recorder;

const BOTH: Serves = Serves { metrics: true, probes: true };

fn passes(name: &str) -> Check {
    Check::new(name, || async { Ok::<_, Error>(()) })
}

fn fails(name: &str) -> Check {
    Check::new(name, || async { Err::<(), _>(Error::msg("the secret reason")) })
}

fn panics(name: &str) -> Check {
    Check::new(name, || -> std::future::Ready<Result<()>> { panic!("at once") })
}

fn hangs(name: &str) -> Check {
    Check::new(name, std::future::pending::<Result<()>>)
}

fn vitals(live: impl IntoIterator<Item = Check>) -> Vitals {
    let mut checks = Checks::default();
    live.into_iter().for_each(|check| checks.add(check));
    let (endpoint, clock) = (Endpoint::default(), Clock::system());
    Vitals::new("shop", clock, &endpoint, Checks::default(), checks, Vec::new())
}

async fn get(vitals: &Vitals, target: &str) -> (u16, String) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let Answer { status, text, .. } = answer(vitals, BOTH, "GET", path, query).await;
    (status, text)
}

#[tokio::test(start_paused = true)]
async fn a_probe_is_answered_as_those_of_kubernetes_are() {
    let vitals = vitals([passes("database"), fails("queue")]);
    let rows = [
        (
            "/healthz",
            500,
            "[+]workers ok\n[+]database ok\n[-]queue failed: reason withheld\nhealthz check failed\n",
        ),
        ("/livez?exclude=queue", 200, "ok"),
        (
            "/livez?verbose&exclude=queue",
            200,
            "[+]workers ok\n[+]database ok\n[+]queue excluded: ok\nlivez check passed\n",
        ),
        (
            "/healthz?verbose=1&exclude=queue&exclude=typo",
            200,
            "[+]workers ok\n[+]database ok\n[+]queue excluded: ok\nwarn: some checks cannot be excluded: no matches for \"typo\"\nhealthz check passed\n",
        ),
        ("/healthz/database", 200, "ok"),
        ("/healthz/queue", 500, "queue failed: reason withheld\n"),
        (
            "/healthz/",
            500,
            "[+]workers ok\n[+]database ok\n[-]queue failed: reason withheld\nhealthz check failed\n",
        ),
        ("/healthz/typo", 404, "there is no check `typo`\n"),
        ("/readyz/queue", 404, "there is no check `queue`\n"),
        ("/else", 404, "there is nothing here; there is /metrics, /healthz, /livez and /readyz\n"),
    ];
    for (target, status, text) in rows {
        assert_eq!(get(&vitals, target).await, (status, text.to_owned()), "{target}");
    }
    let posted = answer(&vitals, BOTH, "POST", "/healthz", "").await;
    assert_eq!(posted.status, 405);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_served_at_an_address_is_not_there() {
    let vitals = vitals([]);
    for (path, serves, status) in [
        ("/metrics", Serves { metrics: true, probes: false }, 200),
        ("/metrics", Serves { metrics: false, probes: true }, 404),
        ("/healthz", Serves { metrics: true, probes: false }, 404),
        ("/healthz", Serves { metrics: false, probes: true }, 200),
    ] {
        assert_eq!(answer(&vitals, serves, "GET", path, "").await.status, status, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_that_panics_or_hangs_has_failed_and_the_others_are_answered() {
    let vitals = vitals([panics("first"), hangs("second"), passes("third")]);
    let asked = Instant::now();
    let (status, text) = get(&vitals, "/healthz").await;
    assert_eq!(status, 500);
    assert_eq!(
        text,
        "[+]workers ok\n[-]first failed: reason withheld\n[-]second failed: reason withheld\n[+]third ok\nhealthz check failed\n"
    );
    assert_eq!(asked.elapsed(), Endpoint::default().checked_within);
    let reasons = vitals.live().await.unwrap_err().to_string();
    let expected = "not alive: first (the check panicked), second (no answer within 5s)";
    assert_eq!(reasons, expected);
}

#[tokio::test(start_paused = true)]
async fn an_operator_that_has_not_begun_is_alive_and_not_ready() {
    let vitals = vitals([]);
    vitals.live().await.unwrap();
    let (status, text) = get(&vitals, "/readyz").await;
    let expected = "[-]caches failed: reason withheld\n[+]shutdown ok\nreadyz check failed\n";
    assert_eq!((status, text.as_str()), (500, expected));
}

#[tokio::test(start_paused = true)]
async fn an_operator_is_alive_while_no_worker_is_missing_and_until_it_has_stopped() {
    let (vitals, stop) = (vitals([]), Shutdown::new());
    let reconciles = Arc::new(Reconciles::new(2));
    let workers = [reconciles.worker(), reconciles.worker()];
    vitals.controllers(&[Part {
        name: "shop".to_owned(),
        queue: WorkQueue::metered(),
        reconciles,
        plan: Plan::default(),
        workers: Vec::new(),
        leads: true,
        recorder: Recorder::nowhere("shop"),
        deliverers: Vec::new(),
    }]);
    vitals.stops_with(stop.clone());
    vitals.live().await.unwrap();
    let [first, _second] = workers;
    drop(first);
    let reason = vitals.live().await.unwrap_err().to_string();
    let expected = "not alive: workers (1 of 2 workers of controller `shop` have ended)";
    assert_eq!(reason, expected);
    stop.begin();
    vitals.live().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn own_metrics_stand_below_and_a_panic_in_them_costs_only_them() {
    let more = |text: fn() -> String| More(Box::new(text));
    let more = vec![
        more(|| "# TYPE orders counter\norders_total 3\n# EOF\n".to_owned()),
        more(|| panic!("a mistake")),
        more(|| "last 1".to_owned()),
    ];
    let (endpoint, clock) = (Endpoint::default(), Clock::system());
    let none = Checks::default;
    let page = Vitals::new("shop", clock, &endpoint, none(), none(), more).metrics();
    assert!(page.contains("kube_runtime_build_info{operator=\"shop\","), "{page}");
    assert!(page.ends_with("# TYPE orders counter\norders_total 3\nlast 1\n"), "{page}");
}

#[test]
fn names_of_checks_are_parts_of_a_path_and_each_is_one_checks() {
    for (names, expected) in [
        (
            &["a/b"][..],
            "`a/b` cannot be the name of a ready check: use letters, digits, `-`, `_` and `.`",
        ),
        (
            &["", "b"],
            "`` cannot be the name of a ready check: use letters, digits, `-`, `_` and `.`",
        ),
        (&["b", "b"], "there are two ready checks called `b`: give one another name"),
        (&["caches"], "there are two ready checks called `caches`: give one another name"),
    ] {
        let mut checks = Checks::default();
        names.iter().for_each(|name| checks.add(passes(name)));
        let mistake = checks.mistake("ready", &super::READY).unwrap_err();
        assert_eq!(mistake.to_string(), expected);
    }
}

/// A port that serves everything; it closes when the group is dropped.
async fn port(endpoint: Endpoint, vitals: Vitals) -> (std::net::SocketAddr, Group) {
    let endpoint = endpoint.metrics("127.0.0.1:0").probes("127.0.0.1:0");
    let mut open = bind(&endpoint).await.unwrap();
    let (listening, serves) = open.remove(0);
    assert!(open.is_empty() && serves == BOTH, "one address is one port");
    let address = listening.address;
    let mut group = Group::new();
    group
        .spawn("the port", listening.run(Arc::new(Pages::Vitals(vitals, serves)), Shutdown::new()));
    (address, group)
}

/// Sends these bytes and returns all that comes until the other side closes.
async fn exchange(address: std::net::SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The other side may have had enough before all of it is sent.
    _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let read = timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    _ = read.expect("the other side closes in time");
    String::from_utf8(answer).unwrap()
}

const ASK: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test]
async fn a_panicking_check_does_not_take_the_server_down() {
    let (address, _group) = port(Endpoint::default(), vitals([panics("first")])).await;
    for _ in 0..3 {
        let answer = exchange(address, ASK).await;
        assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
        assert!(answer.contains("\r\ncontent-type: text/plain; charset=utf-8\r\n"), "{answer}");
    }
    let live = exchange(address, b"GET /healthz/workers HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(live.starts_with("HTTP/1.1 200 OK\r\n") && live.ends_with("\r\n\r\nok"), "{live}");
}

#[tokio::test]
async fn who_is_silent_or_slow_is_closed_and_holds_nobody_up_for_longer() {
    let limit = Duration::from_millis(300);
    let endpoint = Endpoint::default().connections(1).answered_within(limit);
    let (address, _group) = port(endpoint, vitals([])).await;
    let begun = Instant::now();
    let mut silent = TcpStream::connect(address).await.unwrap();
    silent.write_all(b"GET /heal").await.unwrap();
    // There is room for one: this waits for the silent one to be closed.
    let answer = exchange(address, ASK).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(begun.elapsed() >= limit, "two were served at once");
    let mut rest = Vec::new();
    let read = timeout(Duration::from_secs(20), silent.read_to_end(&mut rest)).await;
    _ = read.expect("the silent one was closed");
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_not_waited_for() {
    let endpoint = Endpoint::default().answered_within(Duration::from_millis(200));
    let (address, _group) = port(endpoint, vitals([hangs("first")])).await;
    let begun = Instant::now();
    assert_eq!(exchange(address, ASK).await, "");
    assert!(begun.elapsed() < Duration::from_secs(4), "the check's own time was waited for");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let (address, _group) = port(Endpoint::default(), vitals([])).await;
    let mut long = b"GET /healthz HTTP/1.1\r\nhost: x\r\nlong: ".to_vec();
    long.extend(std::iter::repeat_n(b'a', 64 << 10));
    long.extend(b"\r\n\r\n");
    let mut many = b"GET /healthz HTTP/1.1\r\nhost: x\r\n".to_vec();
    many.extend(b"a: b\r\n".repeat(100));
    many.extend(b"\r\n");
    for head in [long, many] {
        let answer = exchange(address, &head).await;
        assert!(!answer.contains("200 OK"), "{answer}");
    }
    assert!(exchange(address, ASK).await.starts_with("HTTP/1.1 200 OK\r\n"));
}

#[tokio::test]
async fn an_address_that_cannot_be_had_is_one_line_that_says_which_and_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = taken.local_addr().map(|address| (taken, address.to_string())).unwrap();
    for (endpoint, what, flag) in [
        (Endpoint::default().metrics(&taken.1), "metrics", "--metrics-bind-address"),
        (Endpoint::default().probes(&taken.1), "health probes", "--health-probe-bind-address"),
    ] {
        let error = bind(&endpoint).await.unwrap_err().to_string();
        let begin = format!("failed to listen for {what} on `{}`: Address already in use", taken.1);
        assert!(error.starts_with(&begin), "{error}");
        assert!(error.ends_with(&format!("with `{flag}`, or `0` for none")), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
    for wrong in [":http", "8080"] {
        let error = bind(&Endpoint::default().metrics(wrong)).await.unwrap_err().to_string();
        assert!(error.contains(&format!("on `{wrong}`")), "{error}");
    }
}

#[tokio::test]
async fn without_an_address_no_port_is_opened() {
    assert!(bind(&Endpoint::default()).await.unwrap().is_empty());
}
