//! What a client takes from its configuration and its transport, and what it says of a refusal.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::FutureExt as _;
use k8s_openapi::api::core::v1::Namespace;

use super::*;
use crate::config::Config;
use crate::transport::Body;

#[test]
fn a_client_is_as_its_configuration_says() {
    let config = Config::new("https://x").unwrap();
    let config =
        config.timeout(Duration::from_secs(5)).user_agent("me/1").default_namespace("shop");
    let client = Client::new(config).unwrap();
    assert_eq!((client.default_namespace(), client.timeout().as_secs()), ("shop", 5));
    assert_eq!(&*client.user_agent, "me/1");
    assert_eq!(client.with_default_namespace("other").default_namespace(), "other");
}

/// Credentials that take a minute.
#[derive(Default)]
struct Late(Arc<AtomicUsize>);

#[expect(clippy::disallowed_methods, reason = "slow credentials on a paused clock")]
async fn minute() -> Result<()> {
    tokio::time::sleep(Duration::from_secs(60)).await;
    Ok(())
}

impl Transport for Late {
    fn send(&self, _: Request) -> futures::future::BoxFuture<'static, Result<Response>> {
        async { Ok(Response::new(200, crate::transport::Headers::new(), Body::empty())) }.boxed()
    }

    fn ready(&self) -> futures::future::BoxFuture<'_, Result<()>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        minute().boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_are_waited_for_before_the_time_of_a_request_begins_and_only_if_it_needs_them()
{
    let late = Late::default();
    let times = Arc::clone(&late.0);
    let client = Client::over(Arc::new(late)).with_timeout(Duration::from_secs(7));
    assert_eq!((client.describe(), client.shared.transport.host()), ("the server".to_owned(), ""));
    let start = Instant::now();
    let request = || Request::raw(Method::Get, "/version").unwrap();
    client.send(request()).await.unwrap();
    assert_eq!((start.elapsed().as_secs(), times.load(Ordering::SeqCst)), (60, 1));
    let own = request().header("Authorization", "Bearer own").unwrap();
    client.send(own).await.unwrap();
    assert_eq!((start.elapsed().as_secs(), times.load(Ordering::SeqCst)), (60, 1));
}

/// What the server says, whether to a POST, what is advised, and what it is.
type Row = (fn() -> Reply, bool, &'static str, ErrorKind);

#[tokio::test]
async fn a_refused_write_is_told_what_would_make_it_one_that_is_taken() {
    let no_namespace =
        || failure(404, "NotFound", &json!({ "name": "prod", "kind": "namespaces" }));
    let no_pod = || failure(404, "NotFound", &json!({ "name": "web", "kind": "pods" }));
    let taken =
        || failure(409, "Conflict", &json!({ "causes": [{ "reason": "FieldManagerConflict" }] }));
    let changed = || failure(409, "Conflict", &json!({}));
    let bare = || Reply::Answer(409, vec![], "no".to_owned());
    let elsewhere = || Reply::Answer(302, vec![("location", "https://evil")], String::new());
    let rows: [Row; 9] = [
        (no_namespace, true, "create the namespace first", ErrorKind::NotFound),
        (no_namespace, false, "", ErrorKind::NotFound),
        (no_pod, true, "", ErrorKind::NotFound),
        (taken, false, "leave these fields out, or force the apply", ErrorKind::Conflict),
        (changed, false, "", ErrorKind::Conflict),
        (bare, true, "", ErrorKind::AlreadyExists),
        (bare, false, "", ErrorKind::Conflict),
        (elsewhere, true, "use the address that the server itself has", ErrorKind::Refused),
        (elsewhere, false, "use the address that the server itself has", ErrorKind::Refused),
    ];
    for (reply, post, remedy, kind) in rows {
        let script = Script::new(move |_, _| reply());
        let pods = client(&script).namespace("prod").api::<Pod>();
        let error = match post {
            true => pods.create(&pod()).await.unwrap_err(),
            false => pods.patch("web", Patch::Merge(json!({}))).await.unwrap_err(),
        };
        let told = error.to_string();
        let end = if remedy.is_empty() { "in namespace `prod`" } else { ")" };
        assert!(told.contains(remedy) && told.ends_with(end), "{told}");
        assert_eq!(error.kind(), kind, "{told}");
    }
    let script = Script::new(move |_, _| no_namespace());
    let error = client(&script).all::<Namespace>().get("prod").await.unwrap_err();
    assert!(!error.to_string().contains("first"), "{error}");
}
