//! The promises of tables, against a script.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;
use serde_json::json;

use crate::client::Client;
use crate::object::ResourceExt as _;
use crate::request::ListOptions;
use crate::request::ResourceVersionMatch;
use crate::transport::script::Reply;
use crate::transport::script::Script;
use crate::transport::script::ok;

use super::*;
use crate::api::Event;

fn table(name: &str, version: &str, more: &str) -> Value {
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1",
        "metadata": { "resourceVersion": version, "continue": more },
        "columnDefinitions": [{ "name": "Name", "type": "string", "format": "name" }, { "name": "IP", "type": "string", "priority": 1 }],
        "rows": [{ "cells": [name, null], "object": { "kind": "PartialObjectMetadata", "metadata": { "name": name } } }],
    })
}

fn client(script: &Arc<Script>) -> TableApi {
    Client::over(Arc::<Script>::clone(script)).namespace("prod").api::<Pod>().table()
}

fn accepted(script: &Script) -> String {
    let request = script.last();
    request.headers.into_iter().find(|(name, _)| name == "accept").unwrap().1
}

#[tokio::test]
async fn a_table_is_asked_for_with_what_comes_beside_its_rows() {
    let script = Script::new(|_, _| ok(table("web", "7", "")));
    let pods = client(&script);
    let web = pods.get("web").await.unwrap();
    assert_eq!(script.seen().last().unwrap(), "GET /api/v1/namespaces/prod/pods/web");
    assert_eq!(accepted(&script), "application/json;as=Table;g=meta.k8s.io;v=v1");
    assert_eq!(web.columns[1].priority, 1);
    assert_eq!(web.rows[0].cells, [json!("web"), Value::Null]);
    assert_eq!(web.rows[0].object.as_ref().unwrap().name(), "web");
    assert_eq!((web.metadata.resource_version.as_str(), web.metadata.continue_token), ("7", None));
    let all = pods.clone().include(Include::Object).list().labels("app=web").fields("a=b");
    all.await.unwrap();
    assert_eq!(
        script.seen().last().unwrap(),
        "GET /api/v1/namespaces/prod/pods?labelSelector=app%3Dweb&fieldSelector=a%3Db&includeObject=Object"
    );
    pods.clone().include(Include::None).get("web").await.unwrap();
    assert!(script.seen().last().unwrap().ends_with("?includeObject=None"));
    let api = Client::over(Arc::<Script>::clone(&script)).namespace("prod").api::<Pod>();
    let parts = api.subresource::<Value>("status").table();
    assert_eq!(parts.get("web").await.unwrap().rows.len(), 1);
    assert_eq!(script.seen().last().unwrap(), "GET /api/v1/namespaces/prod/pods/web/status");
    assert_eq!(accepted(&script), "application/json;as=Table;g=meta.k8s.io;v=v1");
    let error = pods.list().labels("a in").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
}

#[tokio::test]
async fn a_server_that_sends_no_table_is_an_error() {
    let script = Script::new(|_, _| ok(json!({ "kind": "PodList", "items": [] })));
    let error = client(&script).list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.chain().contains("something else than a table"), "{error:?}");
    let line = r#"{"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"a"}}}"#;
    let script = Script::new(move |_, _| ok(line));
    let mut watch = client(&script).watch().await.unwrap();
    assert!(watch.next().await.unwrap_err().chain().contains("something else than a table"));
    assert!(watch.next().await.unwrap().is_none());
}

#[tokio::test]
async fn tables_come_page_by_page_and_a_broken_object_takes_no_row_away() {
    let script = Script::new(|request, number| {
        let mut page = table(&format!("web-{number}"), "7", if number < 2 { "more" } else { "" });
        page["rows"][0]["object"]["metadata"]["labels"] = json!(number);
        assert_eq!(request.query.iter().any(|(name, _)| name == "continue"), number > 0);
        ok(page)
    });
    let mut pages = client(&script).list().pages(1);
    let mut names = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        assert!(page.rows[0].object.is_none(), "its labels are a number");
        names.push(page.rows[0].cells[0].clone());
    }
    assert_eq!(names, ["web-0", "web-1", "web-2"]);
    assert!(pages.next().await.unwrap().is_none());
}

#[tokio::test]
async fn later_pages_of_a_table_do_not_send_the_revision_of_the_first() {
    let script =
        Script::new(|_, before| ok(table("web", "7", if before == 0 { "next" } else { "" })));
    let options = ListOptions::default().resource_version("5");
    let options = options.resource_version_match(ResourceVersionMatch::Exact);
    let mut pages = client(&script).list().options(options).pages(1);
    while pages.next().await.unwrap().is_some() {}
    let [first, second] = &script.seen()[..] else { panic!("{:?}", script.seen()) };
    assert!(first.contains("resourceVersion=5&resourceVersionMatch=Exact"), "{first}");
    assert!(second.contains("continue=next") && !second.contains("resourceVersion"), "{second}");
}

#[tokio::test]
async fn events_are_tables_whatever_the_pieces_they_come_in() {
    let mut bookmark = table("", "9", "");
    bookmark["rows"][0]["object"]["metadata"] =
        json!({ "annotations": { "k8s.io/initial-events-end": "true" } });
    let gone = json!({ "kind": "Status", "status": "Failure", "code": 410, "reason": "Expired", "message": "too old" });
    let events = [
        json!({ "type": "ADDED", "object": table("a", "7", "") }),
        json!({ "type": "MODIFIED", "object": table("a", "8", "") }),
        json!({ "type": "BOOKMARK", "object": bookmark }),
        json!({ "type": "DELETED", "object": table("a", "10", "") }),
        json!({ "type": "ERROR", "object": gone }),
    ];
    let text: String = events.iter().map(|event| format!("{event}\n")).collect();
    for size in [1, 100, text.len()] {
        let pieces: Vec<String> = text
            .as_bytes()
            .chunks(size)
            .map(|piece| String::from_utf8(piece.to_vec()).unwrap())
            .collect();
        let script = Script::new(move |_, _| Reply::Endless(pieces.clone()));
        let mut watch = client(&script).watch().resource_version("6").await.unwrap();
        assert!(script.seen().last().unwrap().contains("?watch=true&resourceVersion=6&"));
        let Ok(Some(Event::Added(first))) = watch.next().await else { panic!("nothing") };
        assert_eq!((first.columns.len(), first.rows[0].cells[0].as_str()), (2, Some("a")));
        let Ok(Some(Event::Modified(next))) = watch.next().await else { panic!("no change") };
        assert_eq!(next.metadata.resource_version, "8");
        let bookmark = watch.next().await.unwrap().unwrap();
        let Event::Bookmark { resource_version, initial_events_end } = bookmark else {
            panic!("{bookmark:?}")
        };
        assert_eq!((resource_version.as_str(), initial_events_end), ("9", true));
        assert!(matches!(watch.next().await, Ok(Some(Event::Deleted(_)))));
        assert!(watch.next().await.unwrap_err().is_gone());
        assert!(watch.next().await.unwrap().is_none());
    }
}
