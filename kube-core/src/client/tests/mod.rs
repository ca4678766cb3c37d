//! The promises of the client, against a script and a paused clock.

mod configured;
mod told;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Pod;
use parking_lot::Mutex;
use serde_json::json;

use super::*;
use crate::object::ApiResource;
use crate::request::Method;
use crate::request::Patch;
use crate::request::Verb;
use crate::transport::script::Reply;
use crate::transport::script::Script;
use crate::transport::script::failure;
use crate::transport::script::ok;
use crate::transport::script::said;

fn pod() -> Pod {
    serde_json::from_value(json!({ "metadata": { "name": "web", "namespace": "prod" } })).unwrap()
}

fn client(script: &Arc<Script>) -> Client {
    Client::over(Arc::<Script>::clone(script))
}

fn retry_after(seconds: u32) -> serde_json::Value {
    json!({ "retryAfterSeconds": seconds })
}

/// Writes down what it hears, and how many requests had been made by then.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl WriteObserver for Notes {
    fn wrote(&self, resource: &ApiResource, write: &Write) {
        let what = match write {
            Write::Object(object) => format!("object {}", object.meta.name),
            Write::Deleted { name, uid, .. } => format!("deleted {name} {uid:?}"),
            Write::Unknown { namespace, name } => format!("unknown {namespace:?} {name}"),
            Write::Collection { namespace } => format!("collection {namespace:?}"),
        };
        self.0.lock().push(format!("{resource}: {what}"));
    }
}

impl Notes {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock())
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_is_repeated_when_the_server_asks_for_it_and_as_late_as_it_asks() {
    let script = Script::new(|_, before| match before {
        0 => failure(429, "TooManyRequests", &retry_after(2)),
        1 => failure(503, "ServiceUnavailable", &retry_after(3)),
        2 => Reply::Answer(500, vec![("retry-after", "1")], "oops".to_owned()),
        _ => ok(json!({ "metadata": { "name": "web" } })),
    });
    let start = Instant::now();
    client(&script).namespace("prod").get::<Pod>("web").await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(6));
    assert_eq!(script.seen().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_read_is_repeated_four_times_at_most() {
    let script = Script::new(|_, _| failure(429, "TooManyRequests", &retry_after(1)));
    let error = client(&script).namespace("prod").get::<Pod>("web").await.unwrap_err();
    assert!(error.is_too_many_requests());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    assert_eq!(script.seen().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_write_is_never_repeated() {
    for kind in [ErrorKind::Connection, ErrorKind::Timeout] {
        let script = Script::new(move |_, _| Reply::Fail(kind));
        let error = client(&script).namespace("prod").create(&pod()).await.unwrap_err();
        assert!(error.is_outcome_unknown(), "{error:?}");
        assert_eq!(script.seen().len(), 1);
    }
    let script = Script::new(|_, _| failure(429, "TooManyRequests", &retry_after(1)));
    let error = client(&script).namespace("prod").create(&pod()).await.unwrap_err();
    assert!(!error.is_outcome_unknown(), "the server said that it did nothing: {error:?}");
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn only_a_write_that_may_have_happened_has_an_unknown_outcome() {
    let check = async |reply: fn() -> Reply, write: bool, expected: bool| {
        let script = Script::new(move |_, _| reply());
        let pods = client(&script).namespace("prod").api::<Pod>();
        let error = match write {
            true => pods.replace(&pod()).await.unwrap_err(),
            false => pods.get("web").await.unwrap_err(),
        };
        assert_eq!(error.is_outcome_unknown(), expected, "{error:?}");
    };
    check(|| Reply::Fail(ErrorKind::Connection), true, true).await;
    check(|| Reply::Fail(ErrorKind::Connection), false, false).await;
    check(|| Reply::Fail(ErrorKind::Connect), true, false).await;
    check(|| Reply::Fail(ErrorKind::Auth), true, false).await;
    check(|| Reply::Hang, true, true).await;
    check(|| failure(504, "Timeout", &json!({})), true, true).await;
    check(|| failure(409, "Conflict", &json!({})), true, false).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_is_given_up_after_the_timeout() {
    let script = Script::new(|_, _| Reply::Hang);
    let client = client(&script).with_timeout(Duration::from_secs(7));
    let start = Instant::now();
    let error = client.namespace("prod").get::<Pod>("web").await.unwrap_err();
    assert_eq!(start.elapsed(), Duration::from_secs(7));
    assert!(error.is_timeout());
    assert_eq!(
        error.chain(),
        "failed to get pods `web` in namespace `prod`: no whole answer from https://script as user `jane` within 7 s"
    );
    let request = Request::raw(Method::Get, "/version").unwrap();
    assert!(client.send(request).await.unwrap_err().is_timeout());

    let script = Script::new(|_, _| Reply::Endless(vec!["{".to_owned()]));
    let client = Client::over(script).with_timeout(Duration::from_secs(7));
    assert!(client.namespace("prod").get::<Pod>("web").await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn a_refusal_says_what_was_tried_why_it_failed_and_what_to_do() {
    let check = async |reply: fn() -> Reply, expected: &str| {
        let script = Script::new(move |_, _| reply());
        let error = client(&script).namespace("prod").get::<Pod>("web").await.unwrap_err();
        assert_eq!(error.chain(), expected);
    };
    check(
        || failure(401, "Unauthorized", &json!({})),
        "failed to get pods `web` in namespace `prod` (https://script as user `jane`; check that the token or certificate is valid there): it is Unauthorized",
    )
    .await;
    check(
        || {
            let denied = "pods \"web\" is forbidden: User \"jane\" cannot get resource \"pods\"";
            said(403, "Forbidden", denied)
        },
        "failed to get pods `web` in namespace `prod` (have the missing permission granted, for example by a Role): pods \"web\" is forbidden: User \"jane\" cannot get resource \"pods\"",
    )
    .await;
    check(
        || {
            let denied = "admission webhook \"w.example.com\" denied the request: no";
            said(403, "Forbidden", denied)
        },
        "failed to get pods `web` in namespace `prod`: admission webhook \"w.example.com\" denied the request: no",
    )
    .await;
    check(
        || failure(404, "NotFound", &json!({ "name": "web", "kind": "pods" })),
        "failed to get pods `web` in namespace `prod`: it is NotFound",
    )
    .await;
    check(
        || failure(404, "NotFound", &json!({})),
        "failed to get pods `web` in namespace `prod` (https://script as user `jane` serves no such thing; check group, version and kind, and that its CRD is installed): it is NotFound",
    )
    .await;
    check(
        || Reply::Fail(ErrorKind::Connect),
        "failed to get pods `web` in namespace `prod`: the script says so",
    )
    .await;
    let script =
        Script::new(|_, _| Reply::Answer(302, vec![("location", "https://evil")], String::new()));
    let error = client(&script).namespace("prod").get::<Pod>("web").await.unwrap_err();
    assert_eq!((error.kind(), script.seen().len()), (ErrorKind::Refused, 1));
}

#[tokio::test]
async fn observers_hear_of_every_write_that_may_have_happened_and_of_no_other() {
    let stored: fn() -> Reply =
        || ok(json!({ "metadata": { "name": "web", "resourceVersion": "7" } }));
    let check = async |reply: fn() -> Reply, expected: &[&str]| {
        let notes = Arc::new(Notes::default());
        let script = Script::new(move |_, _| reply());
        let pods =
            client(&script).observed_by(Arc::<Notes>::clone(&notes)).namespace("prod").api::<Pod>();
        let _ = pods.patch("web", Patch::Merge(json!({}))).await;
        assert_eq!(notes.take(), expected);
        let _ = pods.patch("web", Patch::Merge(json!({}))).dry_run(true).await;
        let _ = pods.get("web").await;
        let _ = pods.list().await;
        assert!(notes.take().is_empty(), "neither a dry run nor a read is a write");
    };
    check(stored, &["pods: object web"]).await;
    check(|| failure(409, "Conflict", &json!({})), &[]).await;
    check(|| failure(500, "InternalError", &json!({})), &[r#"pods: unknown Some("prod") web"#])
        .await;
    check(|| Reply::Fail(ErrorKind::Connect), &[]).await;
    check(|| Reply::Fail(ErrorKind::Connection), &[r#"pods: unknown Some("prod") web"#]).await;
    check(|| ok("no json"), &[r#"pods: unknown Some("prod") web"#]).await;
    // The last finalizer is gone, and with it the object.
    check(
        || ok(json!({ "metadata": { "name": "web", "uid": "u", "deletionTimestamp": "2026-01-01T00:00:00Z" } })),
        &[r#"pods: deleted web Some("u")"#],
    )
    .await;
    check(
        || ok(json!({ "metadata": { "name": "web", "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["a/b"] } })),
        &["pods: object web"],
    )
    .await;
    check(
        || ok(json!({ "metadata": { "name": "web", "deletionTimestamp": "2026-01-01T00:00:00Z", "deletionGracePeriodSeconds": 30 } })),
        &["pods: object web"],
    )
    .await;
    check(
        || ok(json!({ "metadata": { "name": "web", "deletionTimestamp": "2026-01-01T00:00:00Z", "deletionGracePeriodSeconds": 0 } })),
        &["pods: deleted web None"],
    )
    .await;
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_no_success_not_even_of_what_nobody_reads() {
    let script = Script::new(|_, _| Reply::Cut(r#"{"items":["#.to_owned()));
    let error =
        client(&script).namespace("prod").api::<Pod>().delete_collection().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.is_outcome_unknown()),
        (ErrorKind::Connection, true),
        "{error:?}"
    );
    assert_eq!(script.seen().len(), 1, "a write is not repeated");
}

#[tokio::test]
async fn observers_hear_what_became_of_a_deletion() {
    let check = async |body: serde_json::Value, expected: &str| {
        let notes = Arc::new(Notes::default());
        let script = Script::new(move |_, _| ok(&body));
        let client = client(&script).observed_by(Arc::<Notes>::clone(&notes));
        client.namespace("prod").delete::<ConfigMap>("a").await.unwrap();
        assert_eq!(notes.take(), [expected]);
    };
    check(
        json!({ "kind": "Status", "status": "Success", "details": { "name": "a", "uid": "u" } }),
        r#"configmaps: deleted a Some("u")"#,
    )
    .await;
    check(json!({ "metadata": { "name": "a", "uid": "u" } }), r#"configmaps: deleted a Some("u")"#)
        .await;
    check(
        json!({ "metadata": { "name": "a", "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["a/b"] } }),
        "configmaps: object a",
    )
    .await;
}

#[tokio::test]
async fn observers_hear_of_parts_of_an_object_no_more_than_is_known() {
    let notes = Arc::new(Notes::default());
    let script = Script::new(|_, _| ok(json!({ "metadata": { "name": "web" }, "items": [] })));
    let client = client(&script).observed_by(Arc::<Notes>::clone(&notes));
    let pods = client.namespace("prod").api::<Pod>();
    pods.status().replace(&pod()).await.unwrap();
    pods.metadata_only().patch("web", Patch::Merge(json!({}))).await.unwrap();
    pods.delete_collection().await.unwrap();
    let heard = notes.take();
    assert_eq!(
        heard,
        [
            "pods: object web",
            r#"pods: unknown Some("prod") web"#,
            r#"pods: collection Some("prod")"#
        ]
    );
}

#[tokio::test]
async fn a_write_that_is_dropped_on_its_way_is_heard_of_as_unknown() {
    let notes = Arc::new(Notes::default());
    let script = Script::new(|_, _| Reply::Hang);
    let client = client(&script).observed_by(Arc::<Notes>::clone(&notes));
    {
        let mut write = IntoFuture::into_future(client.namespace("prod").create(&pod()));
        assert!(futures::poll!(&mut write).is_pending());
        assert!(notes.take().is_empty());
    }
    assert_eq!(notes.take(), [r#"pods: unknown Some("prod") web"#]);
    {
        let unnamed = Pod::default();
        let mut write = IntoFuture::into_future(client.namespace("prod").create(&unnamed));
        assert!(futures::poll!(&mut write).is_pending());
    }
    assert_eq!(
        notes.take(),
        [r#"pods: unknown Some("prod") "#],
        "the server was to choose the name"
    );
}

#[tokio::test]
async fn what_the_guard_refuses_never_leaves() {
    let script = Script::new(|_, _| ok(json!({ "metadata": { "name": "web" }, "items": [] })));
    let notes = Arc::new(Notes::default());
    let guard = |verb: Verb, resource: &ApiResource, subresource: Option<&str>| {
        if resource.plural == "pods" && !verb.is_write() && subresource.is_none() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Input, "declare it"))
    };
    let client =
        client(&script).guarded_by(Arc::new(guard)).observed_by(Arc::<Notes>::clone(&notes));
    let prod = client.namespace("prod");
    prod.get::<Pod>("web").await.unwrap();
    prod.list::<Pod>().await.unwrap();
    prod.watch::<Pod>().await.unwrap();
    let allowed = script.seen().len();
    let refused = [
        prod.create(&pod()).await.map(drop),
        prod.get::<ConfigMap>("a").await.map(drop),
        prod.list::<ConfigMap>().await.map(drop),
        prod.watch::<ConfigMap>().await.map(drop),
        prod.api::<Pod>().status().get("web").await.map(drop),
        prod.delete::<Pod>("web").await.map(drop),
        prod.api::<Pod>().delete_collection().await,
    ];
    for result in refused {
        assert!(result.unwrap_err().chain().ends_with(": declare it"));
    }
    assert_eq!(script.seen().len(), allowed);
    assert!(notes.take().is_empty());
}

/// Lets nothing leave that is not read.
struct ReadOnly;

impl RequestGuard for ReadOnly {
    fn check(&self, _: Verb, _: &ApiResource, _: Option<&str>) -> Result<()> {
        Ok(())
    }

    fn leaves(&self, request: &Request) -> Result<()> {
        match request.method {
            Method::Get => Ok(()),
            _ => Err(Error::new(ErrorKind::Input, "not now")),
        }
    }
}

#[tokio::test]
async fn a_guard_is_asked_before_any_request_leaves_raw_ones_too() {
    let script = Script::new(|_, _| ok(json!({ "metadata": { "name": "web" } })));
    let notes = Arc::new(Notes::default());
    let client =
        client(&script).guarded_by(Arc::new(ReadOnly)).observed_by(Arc::<Notes>::clone(&notes));
    client.namespace("prod").get::<Pod>("web").await.unwrap();
    let typed = client.namespace("prod").create(&pod()).await.unwrap_err();
    let raw = Request::raw(Method::Post, "/api/v1/namespaces/prod/pods").unwrap();
    let raw = client.send(raw).await.unwrap_err();
    for error in [typed, raw] {
        assert!(error.chain().ends_with(": not now"), "{}", error.chain());
        assert!(!error.is_outcome_unknown());
    }
    assert_eq!(script.seen().len(), 1);
    assert!(notes.take().is_empty(), "nothing was written");
}

#[tokio::test]
async fn every_request_says_who_sends_it() {
    let script = Script::new(|_, _| ok("{}"));
    let client = client(&script);
    let sent = || {
        let request = script.last();
        let header = request.headers.iter().find(|(name, _)| name == "user-agent");
        header.map(|(_, value)| value.clone()).unwrap()
    };
    client.send(Request::raw(Method::Get, "/version").unwrap()).await.unwrap();
    let own = sent();
    let program = std::env::current_exe().unwrap();
    let program = program.file_stem().unwrap().to_str().unwrap().to_owned();
    assert!(
        program.contains(['-', '_']) && own.starts_with(&format!("{program}/kube-core-")),
        "{own}"
    );
    let other = client.user_agent("other/1");
    other.send(Request::raw(Method::Get, "/version").unwrap()).await.unwrap();
    assert_eq!(sent(), "other/1");
}

/// Writes down each attempt, the seconds that requests waited, and the bytes of answers.
#[derive(Default)]
struct Attempts {
    sent: Mutex<Vec<(Method, Option<u16>, u32)>>,
    waits: Mutex<Vec<u64>>,
    read: Mutex<Vec<usize>>,
}

impl AttemptObserver for Attempts {
    fn attempted(&self, attempt: &Attempt<'_>) {
        self.sent.lock().push((attempt.method, attempt.status, attempt.repeats));
        assert!(attempt.sent == 0 || attempt.verb.is_write());
    }
    fn read(&self, attempt: &Attempt<'_>, bytes: usize) {
        assert_eq!(attempt.status, Some(200));
        self.read.lock().push(bytes);
    }
    fn waited(&self, wait: Duration) {
        self.waits.lock().push(wait.as_secs());
    }
}

#[tokio::test(start_paused = true)]
async fn who_counts_requests_hears_of_each_that_is_sent_whatever_becomes_of_it() {
    let script = Script::new(|_, before| match before {
        0 => failure(429, "TooManyRequests", &retry_after(2)),
        1 => ok(json!({ "metadata": { "name": "web" } })),
        2 => failure(409, "Conflict", &json!({})),
        _ => Reply::Fail(ErrorKind::Connect),
    });
    let attempts = Arc::new(Attempts::default());
    let client = client(&script).counted_by(Arc::<Attempts>::clone(&attempts));
    let pods = client.namespace("prod").api::<Pod>();
    pods.get("web").await.unwrap();
    pods.create(&pod()).await.unwrap_err();
    pods.get("web").await.unwrap_err();
    let (get, post) = (Method::Get, Method::Post);
    let expected = [(get, Some(429), 0), (get, Some(200), 1), (post, Some(409), 0), (get, None, 0)];
    assert_eq!(*attempts.sent.lock(), expected);
}
