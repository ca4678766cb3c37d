//! The promises of a watch that goes on, against a script.

use std::sync::Arc;

use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::json;

use crate::object::ResourceExt as _;
use crate::transport::script::Reply;
use crate::transport::script::Script;
use crate::transport::script::failure;
use crate::transport::script::ok;

use super::*;

fn event(kind: &str, name: &str, version: u32) -> String {
    let object = json!({ "kind": "ConfigMap", "apiVersion": "v1",
        "metadata": { "name": name, "resourceVersion": version.to_string() } });
    json!({ "type": kind, "object": object }).to_string() + "\n"
}

fn events(lines: &[String]) -> Reply {
    ok(lines.concat())
}

fn refused(code: u16, reason: &str, after: u32) -> String {
    let status = json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "no",
        "reason": reason, "code": code, "details": { "retryAfterSeconds": after } });
    json!({ "type": "ERROR", "object": status }).to_string() + "\n"
}

fn following(
    from: &str,
    think: impl Fn(usize) -> Reply + Send + Sync + 'static,
) -> (Arc<Script>, ResumedWatch<ConfigMap>) {
    let script = Script::new(move |_, before| think(before));
    let client = Client::over(Arc::<Script>::clone(&script));
    let watch = client.namespace("prod").watch::<ConfigMap>().resource_version(from);
    (script, watch.resumed())
}

/// The revisions that were asked for.
fn asked(script: &Script) -> Vec<String> {
    let version = |line: String| {
        let (_, rest) = line.split_once("resourceVersion=").expect("there is one");
        rest.split('&').next().unwrap_or_default().to_owned()
    };
    script.seen().into_iter().map(version).collect()
}

async fn name(watch: &mut ResumedWatch<ConfigMap>) -> String {
    match watch.next().await.unwrap().unwrap() {
        Event::Added(map) => format!("+{}", map.name()),
        Event::Modified(map) => format!("~{}", map.name()),
        Event::Deleted(map) => format!("-{}", map.name()),
        other => format!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_after_the_last_revision_it_has_seen() {
    let (script, mut watch) = following("3", |before| match before {
        0 => events(&[event("ADDED", "a", 4), event("MODIFIED", "a", 5)]),
        // A bookmark is kept to itself, and gone on from.
        1 => events(&[event("BOOKMARK", "", 9)]),
        2 => Reply::Fail(ErrorKind::Connection),
        3 => failure(500, "InternalError", &json!({})),
        4 => events(&[refused(500, "InternalError", 0)]),
        // The connection breaks in the middle of an event.
        5 => events(&[event("DELETED", "a", 10), "{\"type\":\"ADD".to_owned()]),
        _ => Reply::Endless(vec![event("ADDED", "b", 11)]),
    });
    let begun = Instant::now();
    assert_eq!(name(&mut watch).await, "+a");
    assert_eq!(name(&mut watch).await, "~a");
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(name(&mut watch).await, "-a");
    assert_eq!(name(&mut watch).await, "+b");
    assert_eq!(asked(&script), ["3", "5", "9", "9", "9", "9", "10"]);
    assert_eq!(watch.resource_version(), "11");
    // One second between two openings at the least; two, four, … seconds after failures.
    assert_eq!(begun.elapsed().as_secs(), 1 + 1 + 1 + 2 + 4 + 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_when_is_asked_then_but_not_at_once_and_not_never() {
    for (after, expected) in [(0, 1), (7, 7), (3600, 30)] {
        let (_script, mut watch) = following("3", move |before| match before {
            0 => events(&[refused(429, "TooManyRequests", after)]),
            _ => Reply::Endless(vec![event("ADDED", "b", 11)]),
        });
        let begun = Instant::now();
        assert_eq!(name(&mut watch).await, "+b");
        assert_eq!(begun.elapsed().as_secs(), expected, "{after}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_will_not_pass_ends_it() {
    for (reply, kind) in [
        (410_u16, ErrorKind::Gone),
        (401, ErrorKind::Unauthorized),
        (403, ErrorKind::Forbidden),
        (404, ErrorKind::NotFound),
    ] {
        let (script, mut watch) = following("3", move |_| failure(reply, "", &json!({})));
        assert_eq!(watch.next().await.unwrap_err().kind(), kind);
        assert!(watch.next().await.unwrap().is_none());
        assert_eq!(script.seen().len(), 1);
    }
    let (script, mut watch) = following("3", |_| events(&[refused(410, "Expired", 0)]));
    assert!(watch.next().await.unwrap_err().is_gone());
    assert!(watch.next().await.unwrap().is_none());
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_come_back_is_given_up_after_a_while() {
    let (script, watch) = following("3", |_| Reply::Fail(ErrorKind::Connect));
    let begun = Instant::now();
    let mut watch = watch.patience(Duration::from_secs(60));
    assert_eq!(watch.next().await.unwrap_err().kind(), ErrorKind::Connect);
    assert_eq!(begun.elapsed().as_secs(), 61);
    assert_eq!(script.seen().len(), 7);
    assert!(watch.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_revision_that_means_any_is_no_place_to_go_on_from() {
    for from in ["", "0"] {
        let (script, mut watch) = following(from, |_| Reply::Hang);
        assert_eq!(watch.next().await.unwrap_err().kind(), ErrorKind::Input);
        assert!(watch.next().await.unwrap().is_none());
        assert!(script.seen().is_empty());
    }
}
