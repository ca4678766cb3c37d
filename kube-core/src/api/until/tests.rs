//! The promises of waiting, against a script.

use std::sync::Arc;

use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::json;

use crate::object::DynamicObject;
use crate::object::ResourceExt as _;
use crate::transport::script::Reply;
use crate::transport::script::Script;
use crate::transport::script::failure;
use crate::transport::script::ok;

use super::*;

fn map(size: u32) -> Value {
    json!({ "kind": "ConfigMap", "apiVersion": "v1",
        "metadata": { "name": "a", "resourceVersion": (10 + size).to_string() }, "data": { "size": size.to_string() } })
}

fn list(items: &[Value]) -> Reply {
    ok(
        json!({ "kind": "ConfigMapList", "apiVersion": "v1", "metadata": { "resourceVersion": "10" }, "items": items }),
    )
}

fn event(kind: &str, object: &Value) -> String {
    json!({ "type": kind, "object": object }).to_string() + "\n"
}

fn size(map: Option<&ConfigMap>) -> usize {
    let data = map.and_then(|map| map.data.as_ref());
    data.and_then(|data| data["size"].parse().ok()).unwrap_or(0)
}

fn maps(
    think: impl Fn(bool, usize) -> Reply + Send + Sync + 'static,
) -> (Arc<Script>, Api<ConfigMap>) {
    let script = Script::new(move |request, before| {
        think(request.query.iter().any(|(name, _)| name == "watch"), before)
    });
    let client = Client::over(Arc::<Script>::clone(&script));
    (script, client.namespace("prod").api())
}

#[tokio::test]
async fn conditions_hold_one_after_the_other_and_one_state_may_be_enough_for_many() {
    let (script, maps) = maps(|watches, _| match watches {
        false => list(&[]),
        true => Reply::Endless(vec![
            event("ADDED", &map(1)),
            event("MODIFIED", &map(3)),
            event("DELETED", &map(3)),
        ]),
    });
    let more = |least: usize| move |map: Option<&ConfigMap>| size(map) >= least;
    let found = maps.until("a", more(2)).then(more(3)).await.unwrap();
    assert_eq!(size(found.as_ref()), 3);
    assert_eq!(found.unwrap().name(), "a");
    let gone = maps.until("a", more(1)).then(|map: Option<&ConfigMap>| map.is_none());
    assert!(gone.await.unwrap().is_none());
    let path = "/api/v1/namespaces/prod/configmaps?";
    let name = "fieldSelector=metadata.name%3Da";
    assert_eq!(script.seen()[0], format!("GET {path}{name}"));
    assert!(
        script.seen()[1].starts_with(&format!("GET {path}watch=true&{name}&resourceVersion=10")),
        "{:?}",
        script.seen()
    );
}

#[tokio::test]
async fn what_holds_already_needs_no_watch() {
    let (script, maps) = maps(|_, _| list(&[map(3)]));
    let found = maps.until("a", |map: Option<&ConfigMap>| map.is_some()).await.unwrap();
    assert_eq!(size(found.as_ref()), 3);
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_revision_that_is_forgotten_leads_to_another_list() {
    let (script, maps) = maps(|watches, before| match (watches, before) {
        (false, 0) => list(&[]),
        (true, _) => failure(410, "Expired", &json!({})),
        (false, _) => list(&[map(2)]),
    });
    let found = maps.until("a", |map: Option<&ConfigMap>| size(map) == 2).await.unwrap();
    assert!(found.is_some());
    assert_eq!(script.seen().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn it_ends_when_the_time_is_over_or_a_condition_says_that_it_never_will() {
    let (_script, maps) = maps(|watches, _| match watches {
        false => list(&[]),
        true => Reply::Endless(vec![event("ADDED", &map(1))]),
    });
    let never = maps.until("a", |_: Option<&ConfigMap>| false).within(Duration::from_secs(30));
    let error = never.await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(
        error.chain(),
        "failed to wait for `a` of configmaps in prod: it did not become what is waited for within 30 s"
    );
    let failing = maps.until("a", |map: Option<&ConfigMap>| match map {
        None => Ok(false),
        Some(_) => Err(Error::new(ErrorKind::Refused, "it failed")),
    });
    assert_eq!(
        failing.await.unwrap_err().chain(),
        "failed to wait for `a` of configmaps in prod: it failed"
    );
}

#[test]
fn a_condition_of_the_status_is_one_for_any_kind() {
    let object = |status: &str| -> DynamicObject {
        serde_json::from_value(json!({ "metadata": {}, "status": { "conditions": [
            { "type": "Progressing", "status": "True" }, { "type": "Ready", "status": status },
        ] } }))
        .unwrap()
    };
    let mut ready = has_condition("Ready", "True");
    assert!(ready(Some(&object("True"))));
    assert!(!ready(Some(&object("False"))));
    assert!(!ready(Some(&DynamicObject::default())));
    assert!(!ready(None));
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_is_refused_ends_it() {
    let (script, maps) = maps(|watches, _| match watches {
        false => list(&[]),
        true => failure(403, "Forbidden", &json!({})),
    });
    let error = maps.until("a", |map: Option<&ConfigMap>| map.is_some()).await.unwrap_err();
    assert!(error.is_forbidden(), "{error:?}");
    assert_eq!(script.seen().len(), 2, "it is not listed again for that");
}
