//! The promises of the verbs, against a script: what is sent, and what is made of the answers.

mod options;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::core::v1::ServiceAccount;
use serde_json::Value;
use serde_json::json;

use super::*;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::object::DynamicObject;
use crate::object::ResourceExt as _;
use crate::object::Scope;
use crate::request::Method;
use crate::request::Patch;
use crate::request::Propagation;
use crate::transport::script::Reply;
use crate::transport::script::Script;
use crate::transport::script::failure;
use crate::transport::script::ok;

fn map(namespace: Option<&str>) -> ConfigMap {
    let metadata =
        json!({ "name": "a", "namespace": namespace, "managedFields": [{ "manager": "x" }] });
    serde_json::from_value(json!({ "metadata": metadata, "data": { "k": "v" } })).unwrap()
}

fn answering(json: Value) -> (Arc<Script>, Client) {
    let script = Script::new(move |_, _| ok(&json));
    let client = Client::over(Arc::<Script>::clone(&script));
    (script, client)
}

fn object() -> (Arc<Script>, Client) {
    answering(
        json!({ "metadata": { "name": "a", "resourceVersion": "7" }, "items": [], "data": { "k": "v" } }),
    )
}

/// One line of the golden table below: the request, its content type and its body.
fn sent(script: &Script) -> String {
    let request = script.last();
    let content_type = request.headers.iter().find(|(name, _)| name == "content-type");
    let content_type = content_type.map(|(_, value)| format!(" {value}")).unwrap_or_default();
    let body = request.body.map(|body| format!(" {}", String::from_utf8(body.to_vec()).unwrap()));
    format!("{}{content_type}{}", script.seen().last().unwrap(), body.unwrap_or_default())
}

#[tokio::test]
async fn each_verb_sends_what_it_says() {
    let (script, client) = object();
    let prod = client.namespace("prod");
    let maps = prod.api::<ConfigMap>();
    let path = "/api/v1/namespaces/prod/configmaps";
    let body = r#"{"apiVersion":"v1","kind":"ConfigMap","data":{"k":"v"},"metadata":{"managedFields":[{"manager":"x"}],"name":"a"}}"#;
    let plain =
        r#"{"apiVersion":"v1","data":{"k":"v"},"kind":"ConfigMap","metadata":{"name":"a"}}"#;
    let check = |expected: &str| assert_eq!(sent(&script), expected);

    maps.get("a").resource_version("0").await.unwrap();
    check(&format!("GET {path}/a?resourceVersion=0"));
    maps.create(&map(None)).field_manager("me").dry_run(true).await.unwrap();
    check(&format!("POST {path}?fieldManager=me&dryRun=All application/json {body}"));
    maps.replace(&map(None)).await.unwrap();
    check(&format!("PUT {path}/a application/json {body}"));
    maps.status().replace(&map(None)).await.unwrap();
    check(&format!("PUT {path}/a/status application/json {body}"));
    maps.patch("a", Patch::Merge(json!({ "x": null }))).await.unwrap();
    check(&format!("PATCH {path}/a application/merge-patch+json {{\"x\":null}}"));
    prod.apply(&map(None)).field_manager("me").force(true).await.unwrap();
    check(&format!(
        "PATCH {path}/a?fieldManager=me&force=true application/apply-patch+yaml {plain}"
    ));
    maps.delete("a").await.unwrap();
    check(&format!("DELETE {path}/a"));
    maps.delete("a").propagation(Propagation::Foreground).uid("u").await.unwrap();
    check(&format!(
        "DELETE {path}/a application/json {}",
        r#"{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u"},"propagationPolicy":"Foreground"}"#
    ));
    maps.delete_collection().labels("a=b").await.unwrap();
    check(&format!("DELETE {path}?labelSelector=a%3Db"));
    maps.list().labels("a=b").fields("metadata.name=a").limit(5).await.unwrap();
    check(&format!("GET {path}?labelSelector=a%3Db&fieldSelector=metadata.name%3Da&limit=5"));
    maps.watch().resource_version("7").timeout(Duration::from_secs(9)).raw().await.unwrap();
    check(&format!(
        "GET {path}?watch=true&resourceVersion=7&allowWatchBookmarks=true&timeoutSeconds=9"
    ));
    client.cluster().get::<Node>("n").await.unwrap();
    check("GET /api/v1/nodes/n");
    client.all::<Pod>().list().await.unwrap();
    check("GET /api/v1/pods");
}

#[tokio::test]
async fn an_object_goes_into_its_own_namespace_where_none_was_named() {
    let (script, client) = object();
    let check = |expected: &str| {
        assert_eq!(script.seen().last().unwrap().split(' ').nth(1).unwrap(), expected);
    };
    let known_later = client.api::<ConfigMap>(ConfigMap::RESOURCE, None);
    known_later.create(&map(Some("own"))).await.unwrap();
    check("/api/v1/namespaces/own/configmaps");
    client.all::<ConfigMap>().replace(&map(Some("own"))).await.unwrap();
    check("/api/v1/namespaces/own/configmaps/a");
    client.namespace("prod").replace(&map(Some("own"))).await.unwrap();
    check("/api/v1/namespaces/prod/configmaps/a");
}

#[tokio::test]
async fn a_bad_name_or_selector_is_an_error_and_no_request_leaves() {
    let (script, client) = object();
    let prod = client.namespace("prod");
    let errors = [
        prod.get::<Pod>("../secrets/x").await.map(drop),
        prod.get::<Pod>("a?dryRun=All").await.map(drop),
        prod.delete::<Pod>("").await.map(drop),
        client.namespace("Prod/..").get::<Pod>("a").await.map(drop),
        client.namespace("").list::<Pod>().await.map(drop),
        client.cluster().get::<Pod>("a").await.map(drop),
        prod.get::<Node>("a").await.map(drop),
        prod.list::<Pod>().labels("=,=").await.map(drop),
        prod.list::<Pod>().fields("a b").labels("a=b").await.map(drop),
        prod.watch::<Pod>().labels("!!").await.map(drop),
        prod.api::<Pod>().delete_collection().labels("=").labels("a=b").await,
        prod.apply(&map(None)).await.map(drop),
        prod.create(&ConfigMap::default()).field_manager("").await.map(drop),
        client.all::<ConfigMap>().replace(&map(Some("a/b"))).await.map(drop),
        prod.replace(&ConfigMap::default()).await.map(drop),
    ];
    for (index, result) in errors.into_iter().enumerate() {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input, "{index}: {error:?}");
        assert!(!error.is_outcome_unknown());
    }
    assert_eq!(script.seen(), Vec::<String>::new());
}

#[tokio::test]
async fn a_write_has_the_clients_field_manager_where_it_names_none() {
    let (script, client) = object();
    let client = client.with_field_manager("shop");
    let prod = client.namespace("prod");
    let manager = || {
        let request = script.last();
        request
            .query
            .iter()
            .find(|(name, _)| name == "fieldManager")
            .map(|(_, value)| value.clone())
    };
    prod.apply(&map(None)).await.unwrap();
    assert_eq!(manager().as_deref(), Some("shop"));
    prod.apply(&map(None)).field_manager("me").await.unwrap();
    assert_eq!(manager().as_deref(), Some("me"));
    prod.create(&map(None)).await.unwrap();
    assert_eq!(manager().as_deref(), Some("shop"));
    prod.patch::<ConfigMap>("a", Patch::Merge(json!({}))).await.unwrap();
    assert_eq!(manager().as_deref(), Some("shop"));
    prod.replace(&map(None)).field_manager("me").await.unwrap();
    prod.replace(&map(None)).await.unwrap();
    assert_eq!(manager().as_deref(), Some("shop"));
    let part = prod.api::<ConfigMap>().subresource::<Value>("part");
    part.replace("a", &json!({})).field_manager("me").await.unwrap();
    assert_eq!(manager().as_deref(), Some("me"));
    part.replace("a", &json!({})).await.unwrap();
    assert_eq!(manager().as_deref(), Some("shop"));
}

#[tokio::test]
async fn an_object_of_any_kind_is_sent_with_its_kind() {
    let (script, client) = object();
    let gadgets = ApiResource::of("demo.io", "v1", "Gadget", "gadgets", Scope::Namespaced);
    let api = client.api::<DynamicObject>(gadgets, Some("prod"));
    let mut site = DynamicObject::default();
    site.metadata.name = Some("a".to_owned());
    api.create(&site).await.unwrap();
    let expected = r#"{"apiVersion":"demo.io/v1","kind":"Gadget","metadata":{"name":"a"}}"#;
    assert!(sent(&script).ends_with(expected), "{}", sent(&script));
    api.apply(&site).field_manager("me").await.unwrap();
    assert!(sent(&script).ends_with(expected), "{}", sent(&script));
}

#[tokio::test]
async fn only_metadata_is_asked_for_where_only_metadata_is_wanted() {
    let (script, client) = object();
    client.metadata::<Pod>().namespace("prod").get("a").await.unwrap();
    let accept = |script: &Script| script.last().headers[0].1.clone();
    assert!(accept(&script).contains("as=PartialObjectMetadata;"), "{}", accept(&script));
    client.metadata::<Pod>().list().await.unwrap();
    assert!(accept(&script).contains("as=PartialObjectMetadataList;"), "{}", accept(&script));
}

#[tokio::test]
async fn an_object_that_may_be_missing_is_none_but_a_kind_that_is_missing_is_an_error() {
    let script = Script::new(|_, before| match before {
        0 => failure(404, "NotFound", &json!({ "name": "a", "kind": "pods" })),
        1 => failure(404, "NotFound", &json!({})),
        _ => ok(json!({ "metadata": { "name": "a" } })),
    });
    let prod = Client::over(script).namespace("prod");
    assert!(prod.get::<Pod>("a").optional().await.unwrap().is_none());
    assert!(prod.get::<Pod>("a").optional().await.unwrap_err().is_not_found());
    assert_eq!(prod.get::<Pod>("a").optional().await.unwrap().unwrap().name(), "a");
}

#[tokio::test]
async fn one_bad_object_of_a_list_harms_only_itself() {
    let (_, client) = answering(json!({
        "metadata": { "resourceVersion": "9", "continue": "next" },
        "items": [
            { "metadata": { "name": "a" } },
            { "metadata": { "name": "b", "resourceVersion": "3" }, "data": ["wrong"] },
            { "metadata": { "name": "c" } },
        ],
    }));
    let list = client.all::<ConfigMap>().list().await.unwrap();
    let names: Vec<_> = list.items.iter().map(|map| map.name().to_owned()).collect();
    assert_eq!(names, ["a", "c"]);
    assert_eq!(list.malformed.len(), 1);
    assert_eq!(list.malformed[0].name.as_deref(), Some("b"));
    assert_eq!(list.metadata.resource_version, "9");
    assert_eq!(list.metadata.continue_token.as_deref(), Some("next"));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_stops_arriving_is_an_error() {
    let pieces = vec![
        r#"{"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"a"}},"#.to_owned(),
    ];
    let script = Script::new(move |_, _| Reply::Endless(pieces.clone()));
    let mut list = Client::over(script).all::<Pod>().list().raw().await.unwrap();
    assert_eq!(&*list.next().await.unwrap().unwrap().unwrap().meta.name, "a");
    assert!(list.next().await.unwrap_err().is_timeout());
    assert!(list.head().is_none());
    assert!(list.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_list_that_breaks_off_is_an_error_and_not_a_short_list() {
    let script = Script::new(|_, _| ok(r#"{"metadata":{},"items":[{"metadata":{"name":"a"}},"#));
    let error = Client::over(script).all::<Pod>().list().await.unwrap_err();
    assert!(error.to_string().starts_with("failed to list pods"), "{error:?}");
}

const ADDED: &str = r#"{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"1"}}}"#;
const GONE: &str = r#"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}"#;
const BOOKMARK: &str = r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"5","annotations":{"k8s.io/initial-events-end":"true"}}}}"#;
const BAD: &str = r#"{"type":"MODIFIED","object":{"metadata":{"name":"b"},"data":7}}"#;

async fn watched(body: String) -> Vec<Result<Event<ConfigMap>>> {
    let script = Script::new(move |_, _| Reply::Answer(200, vec![], body.clone()));
    let watch = Client::over(script).namespace("prod").watch::<ConfigMap>().await.unwrap();
    watch.into_stream().collect().await
}

#[tokio::test]
async fn a_watch_tells_every_event_and_ends_with_the_servers_error() {
    let events = watched(format!("{ADDED}\n{BAD}\n{BOOKMARK}\n{GONE}\n{ADDED}\n")).await;
    assert_eq!(events.len(), 4);
    assert!(matches!(&events[0], Ok(Event::Added(map)) if map.name() == "a"));
    assert!(matches!(&events[1], Ok(Event::Malformed(bad)) if bad.name.as_deref() == Some("b")));
    assert!(matches!(
        &events[2],
        Ok(Event::Bookmark { resource_version, initial_events_end: true }) if resource_version == "5"
    ));
    let error = events[3].as_ref().unwrap_err();
    assert!(error.is_gone());
    assert_eq!(error.to_string(), "failed to watch configmaps in namespace `prod`");
}

#[tokio::test]
async fn a_watch_that_ends_is_no_error_but_one_that_ends_in_an_event_is() {
    assert_eq!(watched(format!("{ADDED}\n")).await.len(), 1);
    let events = watched(format!("{ADDED}\n{}", &ADDED[..20])).await;
    assert!(events.len() == 2 && events[1].is_err(), "{events:?}");
}

#[tokio::test(start_paused = true)]
async fn a_watch_on_a_dead_connection_ends_soon_after_the_server_should_have_ended_it() {
    let script = Script::new(|_, _| Reply::Endless(vec![format!("{ADDED}\n")]));
    let client = Client::over(script);
    let start = tokio::time::Instant::now();
    let watch = client.all::<ConfigMap>().watch().timeout(Duration::from_secs(60));
    let mut watch = watch.raw().await.unwrap();
    assert!(watch.next().await.unwrap().is_some());
    assert!(watch.next().await.unwrap_err().is_timeout());
    assert_eq!(start.elapsed(), Duration::from_secs(75));
    assert!(watch.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_watch_or_a_request_may_take_for_ever() {
    let script = Script::new(|_, _| Reply::Answer(200, vec![], format!("{ADDED}\n")));
    let client = Client::over(script).with_timeout(Duration::MAX);
    let watch = client.all::<ConfigMap>().watch().timeout(Duration::MAX).raw().await;
    assert!(watch.unwrap().next().await.unwrap().is_some());
}

#[tokio::test]
async fn an_answer_of_another_shape_is_an_error_without_its_content() {
    let (_, client) = answering(json!({ "metadata": { "name": "a" }, "data": { "k": "canary!" } }));
    let error = client.namespace("prod").get::<Secret>("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    let printed = format!("{error:?} {}", error.chain());
    assert!(printed.contains(".data.k") && !printed.contains("canary"), "{printed}");
}

#[tokio::test]
async fn what_is_no_object_is_told_by_its_beginning() {
    const PAGE: &str = "<html>\n<h1>Sign in</h1>\n</html>\n";
    let page = "the answer is no object but begins with `<html>\\n<h1>Sign in";
    for (content_type, body, said) in [
        ("text/html; charset=utf-8", PAGE, page),
        ("application/json", PAGE, page),
        ("application/json", " \n", "the answer is empty"),
        ("application/json", "null", "is no object but begins with `null`"),
        ("application/json", r#"["s3cret"]"#, "invalid type: sequence"),
    ] {
        let answer = move || Reply::Answer(200, vec![("content-type", content_type)], body.into());
        let client = Client::over(Script::new(move |_, _| answer()));
        let maps = client.namespace("shop").api::<ConfigMap>();
        let error = maps.get("a").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.chain().contains(said), "{}", error.chain());
        assert!(!error.chain().contains("s3cret"), "{}", error.chain());
        assert!(!error.is_outcome_unknown(), "it only read");
        let error = maps.create(&map(None)).await.unwrap_err();
        assert!(error.is_outcome_unknown() && error.chain().contains(said), "{}", error.chain());
        if content_type.starts_with("text/html") {
            let error = maps.watch().await.unwrap_err();
            assert!(error.chain().contains("is a page (text/html)"), "{}", error.chain());
        }
    }
}

#[tokio::test]
async fn a_failure_that_comes_as_a_success_is_the_servers_own_account_whatever_was_asked_for() {
    let (script, client) = answering(json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": "it is being moved",
        "reason": "Conflict", "details": { "causes": [{ "reason": "Moved" }] }, "code": 409,
    }));
    let secrets = client.namespace("prod").api::<Secret>();
    let dynamic = client.api::<DynamicObject>(Secret::RESOURCE, Some("prod"));
    let metadata = secrets.metadata_only();
    let asked = [
        secrets.get("a").await.map(drop),
        secrets.get("a").optional().await.map(drop),
        dynamic.get("a").await.map(drop),
        metadata.get("a").await.map(drop),
        dynamic.patch("a", Patch::Merge(json!({}))).await.map(drop),
        dynamic.subresource::<Value>("any").get("a").await.map(drop),
        secrets.delete("a").await.map(drop),
        secrets.delete_collection().await,
        secrets.list().await.map(drop),
        dynamic.list().await.map(drop),
        metadata.list().await.map(drop),
        secrets.list().pages(5).whole().await.map(drop),
        secrets.table().list().await.map(drop),
        secrets.watch().resource_version("7").await.unwrap().next().await.map(drop),
    ];
    for (index, result) in asked.into_iter().enumerate() {
        let error = result.unwrap_err();
        let status = error.status().unwrap_or_else(|| panic!("{index}: {error:?}"));
        assert!(error.is_conflict() && status.has_cause("Moved"), "{index}: {error:?}");
        assert!(error.chain().contains("it is being moved"), "{index}: {}", error.chain());
    }
    assert_eq!(script.seen().len(), 14);
}

#[tokio::test]
async fn a_service_accounts_token_is_asked_for_and_not_printed() {
    let (script, client) = answering(json!({
        "status": { "token": "t0ps3cret", "expirationTimestamp": "2026-01-01T00:00:00Z" },
    }));
    let accounts = client.namespace("prod").api::<ServiceAccount>();
    let token = accounts.create_token("shop").audience("x").expiration(Duration::from_secs(600));
    let token = token.await.unwrap();
    assert_eq!(token.expose(), "t0ps3cret");
    assert!(!format!("{token:?}").contains("t0ps3cret"));
    let sent = sent(&script);
    assert!(sent.starts_with("POST /api/v1/namespaces/prod/serviceaccounts/shop/token "), "{sent}");
    assert!(sent.contains(r#""audiences":["x"],"expirationSeconds":600"#), "{sent}");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_meets_conflicts_is_made_again_until_the_time_is_over() {
    for (conflicts, succeeds) in [(0, true), (2, true), (usize::MAX, false)] {
        let script = Script::new(move |request, before| match request.method {
            Method::Put if before / 2 < conflicts => failure(409, "Conflict", &json!({})),
            _ => ok(
                json!({ "metadata": { "name": "a", "resourceVersion": before.to_string() }, "data": { "k": "v" } }),
            ),
        });
        let client = Client::over(Arc::<Script>::clone(&script));
        let change = |map: &mut ConfigMap| drop(map.data.take());
        let modify = client.namespace("prod").modify("a", change).within(Duration::from_secs(10));
        let begun = tokio::time::Instant::now();
        match modify.seed(1).await {
            Ok(_) => assert_eq!(script.seen().len(), 2 * (conflicts + 1)),
            Err(error) => assert!(error.is_conflict() && !succeeds, "{error:?}"),
        }
        assert!(begun.elapsed() <= Duration::from_secs(10));
    }
}
