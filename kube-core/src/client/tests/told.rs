//! What a client says beside its answers: warnings, who makes a request wait, numbers and spans.

use std::sync::LazyLock;

use tracing::Dispatch;
use tracing::field::{Field, Visit};
use tracing::span;
use tracing::subscriber::{DefaultGuard, NoSubscriber};

use super::*;
use crate::client::Warning;

/// Kept beside the log of a thread. While there is one subscriber only, `tracing` asks the thread that first comes to a line whether
/// anybody wants it, and no other later: a test without a log would take the line away from one that has one.
static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

/// Keeps what is logged: events as level and text, spans as name and fields.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    /// Hears this thread, as long as what is returned is there.
    fn listen(&self) -> DefaultGuard {
        LazyLock::force(&ANOTHER);
        tracing::subscriber::set_default(self.clone())
    }

    /// What was logged from `level` on and has this in it.
    fn with(&self, words: &str) -> Vec<String> {
        self.0.lock().iter().filter(|line| line.contains(words)).cloned().collect()
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!(" {field}={value:?}"));
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("kube_core")
    }
    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().push(line.0);
    }
    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut line = Line(format!("span {}", attributes.metadata().name()));
        attributes.record(&mut line);
        self.0.lock().push(line.0);
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

fn version() -> Request {
    Request::raw(Method::Get, "/version").unwrap()
}

#[tokio::test]
async fn what_the_server_warns_of_is_logged_once() {
    let log = Log::default();
    let _here = log.listen();
    let script = Script::new(|_, before| {
        let warning = if before < 2 { r#"299 - "old""# } else { r#"299 - "older""# };
        let status = if before == 0 { 409 } else { 200 };
        Reply::Answer(status, vec![("Warning", warning)], "{}".to_owned())
    });
    let client = client(&script);
    for _ in 0..4 {
        let _ = client.send(version()).await;
    }
    assert_eq!(log.with("WARN").len(), 2, "{:?}", log.with("WARN"));
}

#[tokio::test]
async fn who_wants_to_hear_warnings_hears_each_in_its_order_and_the_log_none() {
    let log = Log::default();
    let _here = log.listen();
    let script = Script::new(|_, _| {
        let warnings = [r#"299 - "one""#, r#"199 - "other code""#, r#"299 - "two""#];
        Reply::Answer(200, warnings.map(|text| ("warning", text)).to_vec(), "{}".to_owned())
    });
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let notes = Arc::clone(&heard);
    let client = client(&script).warned_by(Arc::new(move |warning: &Warning<'_>| {
        notes.lock().push(format!("{}: {}", warning.purpose, warning.text));
    }));
    client.send(version()).await.unwrap();
    client.send(version()).await.unwrap();
    let (one, two) = ("get `/version`: one", "get `/version`: two");
    assert_eq!(*heard.lock(), [one, two, one, two]);
    assert!(log.with("WARN").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_limited_client_waits_for_its_turn_and_says_once_that_it_is_not_the_server() {
    let log = Log::default();
    let _here = log.listen();
    let script = Script::new(|_, before| match before {
        5 => failure(429, "TooManyRequests", &retry_after(1)),
        _ => ok(json!({ "metadata": { "name": "web" } })),
    });
    let attempts = Arc::new(Attempts::default());
    let client = client(&script).limited(0.5, 2).counted_by(Arc::<Attempts>::clone(&attempts));
    let pods = client.namespace("prod").api::<Pod>();
    let begun = Instant::now();
    let mut left = Vec::new();
    for _ in 0..4 {
        pods.get("web").await.unwrap();
        left.push((begun.elapsed().as_secs(), log.with("own limit").len()));
    }
    assert_eq!(left, [(0, 0), (0, 0), (2, 1), (4, 1)], "{:?}", log.with("INFO"));
    // Clones share the limit, and so does what is sent raw.
    client.clone().send(version()).await.unwrap();
    assert_eq!(begun.elapsed().as_secs(), 6);
    // What is made once more waits for another turn, after what the server asked for.
    pods.get("web").await.unwrap();
    assert_eq!(begun.elapsed().as_secs(), 10);
    assert_eq!(*attempts.waits.lock(), [0, 0, 2, 2, 2, 2, 1]);
    // A watch does not wait before it is opened.
    pods.watch().await.unwrap();
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn what_would_have_to_wait_longer_than_it_may_take_fails_at_once_and_never_leaves() {
    let script = Script::new(|_, _| ok(json!({ "metadata": { "name": "web" } })));
    let client = client(&script).limited(0.01, 1).with_timeout(Duration::from_secs(30));
    let pods = client.namespace("prod").api::<Pod>();
    pods.get("web").await.unwrap();
    let begun = Instant::now();
    let error = pods.create(&pod()).await.unwrap_err();
    assert_eq!((error.kind(), begun.elapsed()), (ErrorKind::TooManyRequests, Duration::ZERO));
    assert!(!error.is_outcome_unknown());
    assert!(error.chain().contains("raise the limit"), "{}", error.chain());
    client.send(version()).await.unwrap_err();
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_its_time_is_named_with_the_priority_level_of_the_request() {
    let level = ("X-Kubernetes-PF-PriorityLevel-UID", "level-7");
    let schema = ("X-Kubernetes-PF-FlowSchema-UID", "schema-9");
    let check =
        async |status: u16, headers: Vec<(&'static str, &'static str)>, takes, told: &str| {
            let log = Log::default();
            let _here = log.listen();
            let script = Script::slow(takes, move |_, _| {
                Reply::Answer(status, headers.clone(), String::new())
            });
            let client = client(&script);
            for _ in 0..2 {
                let _ = client.send(version()).await;
            }
            let lines = log.with(r#"priority_level="level-7" flow_schema="schema-9""#);
            assert_eq!(lines.len(), usize::from(!told.is_empty()), "{lines:?}");
            assert!(lines.iter().all(|line| line.contains(told)), "{lines:?}");
        };
    let (quick, slow) = (Duration::from_millis(10), Duration::from_secs(2));
    check(200, vec![level, schema], slow, "took its time").await;
    check(200, vec![level, schema], quick, "").await;
    check(200, vec![], slow, "").await;
    check(429, vec![level, schema], quick, "has no room").await;
}

#[tokio::test]
async fn a_request_is_a_span_with_its_method_and_path_and_shows_no_secret() {
    let log = Log::default();
    let _here = log.listen();
    let script = Script::new(|_, _| ok("{}"));
    let request = Request::raw(Method::Post, "/api/v1/namespaces/prod/secrets").unwrap();
    let request = request.with_json(&json!({ "data": "canary" })).unwrap();
    let request = request.header("authorization", "Bearer canary").unwrap();
    client(&script).send(request).await.unwrap();
    let spans = log.with("span request");
    assert_eq!(spans, ["span request method=POST path=\"/api/v1/namespaces/prod/secrets\""]);
    assert_eq!(log.with("has answered").len(), 1);
    assert!(log.with("canary").is_empty());
}

#[tokio::test]
async fn an_answer_over_the_limit_is_an_error_and_one_within_it_is_counted() {
    let script = Script::new(|_, _| ok(json!({ "metadata": { "name": "web" } })));
    let attempts = Arc::new(Attempts::default());
    let client = client(&script).counted_by(Arc::<Attempts>::clone(&attempts));
    let pods = |client: &Client| client.namespace("prod").api::<Pod>();
    pods(&client).get("web").await.unwrap();
    let bytes = json!({ "metadata": { "name": "web" } }).to_string().len();
    assert_eq!(*attempts.read.lock(), [bytes]);
    pods(&client.clone().with_answer_limit(bytes)).get("web").await.unwrap();
    let small = client.with_answer_limit(bytes - 1);
    let error = pods(&small).get("web").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let words = format!("more than {} bytes", bytes - 1);
    assert!(error.chain().contains(&words), "{}", error.chain());
    assert_eq!(attempts.read.lock().len(), 2);
    // What was deleted is told as well, and read by nobody.
    pods(&small).delete_collection().await.unwrap();
}
