//! What is written, and above all what is not.

use std::sync::Arc;

use kube_core::ResourceExt;
use serde_json::json;

use super::Writer;
use super::finalizer;
use super::status;
use crate::shops::Shop;
use crate::shops::Shops;

const OURS: &str = "test.example.com/ours";

fn begin(more: &serde_json::Value) -> (Shops, Writer, Arc<Shop>) {
    let server = Shops::with(more);
    let writer = Writer { client: server.client() };
    let object = Arc::new(server.shop("web").unwrap());
    (server, writer, object)
}

#[tokio::test]
async fn a_status_equal_to_the_present_one_is_not_written() {
    let (server, writer, object) = begin(&json!({ "status": { "ready": 3 } }));
    let written = status::update(&writer, &object, |status| status.ready = 3).await.unwrap();
    assert!(written.is_none());
    assert_eq!(server.journal(), [""; 0]);

    let written = status::update(&writer, &object, |status| status.ready = 4).await.unwrap();
    assert_eq!(written.unwrap().status.unwrap().ready, 4);
    assert_eq!(server.journal(), ["PATCH web/status"]);
}

#[tokio::test]
async fn a_first_status_is_written_even_if_it_is_the_default() {
    let (server, writer, object) = begin(&json!({}));
    let written = status::update(&writer, &object, |_| {}).await.unwrap();
    assert_eq!(written.unwrap().status.unwrap().ready, 0);
    assert_eq!(server.journal(), ["PATCH web/status"]);
}

#[tokio::test]
async fn after_a_conflict_the_status_is_computed_anew_on_the_live_object() {
    let (server, writer, object) = begin(&json!({ "status": { "ready": 1 } }));
    server.change("web", &json!({ "status": { "ready": 10 } }));
    let mut seen = Vec::new();
    let written = status::update(&writer, &object, |status| {
        seen.push(status.ready);
        status.ready += 1;
    });
    assert_eq!(written.await.unwrap().unwrap().status.unwrap().ready, 11);
    assert_eq!(seen, [1, 10]);
    assert_eq!(server.journal(), ["PATCH web/status", "GET web", "PATCH web/status"]);
}

#[tokio::test]
async fn a_status_that_others_write_all_the_time_is_given_up_with_the_conflict() {
    let (server, writer, object) = begin(&json!({}));
    server.overtake(u32::MAX);
    let error = status::update(&writer, &object, |status| status.ready = 1).await.unwrap_err();
    assert!(error.is_conflict(), "{error}");
}

#[tokio::test]
async fn a_field_that_is_gone_from_the_status_is_removed() {
    let (server, writer, object) = begin(&json!({ "status": { "ready": 1, "note": "hm" } }));
    status::update(&writer, &object, |status| status.note = None).await.unwrap();
    assert_eq!(server.shop("web").unwrap().status.unwrap().note, None);
}

#[tokio::test]
async fn a_status_for_an_object_that_was_replaced_is_not_written_to_the_new_one() {
    let (server, writer, object) = begin(&json!({}));
    server.change("web", &json!({ "metadata": { "uid": "u-2" } }));
    let error = status::update(&writer, &object, |status| status.ready = 1).await.unwrap_err();
    assert!(error.is_conflict(), "{error}");
    assert!(server.shop("web").unwrap().status.is_none());
}

#[tokio::test]
async fn adding_a_finalizer_keeps_those_of_others_and_is_not_repeated() {
    let (server, writer, object) = begin(&json!({}));
    server.change("web", &json!({ "metadata": { "finalizers": ["others"] } }));
    let object = finalizer::add(&writer, object, OURS).await.unwrap().unwrap();
    assert_eq!(server.shop("web").unwrap().finalizers(), ["others", OURS]);
    assert_eq!(server.journal(), ["PATCH web", "GET web", "PATCH web"], "the first came too late");
    finalizer::add(&writer, object, OURS).await.unwrap().unwrap();
    assert_eq!(server.journal(), [""; 0]);
}

#[tokio::test]
async fn an_object_that_is_going_or_gone_gets_no_finalizer() {
    let (server, writer, object) = begin(&json!({}));
    let deleted = json!({ "metadata": {
        "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["others"],
    } });
    server.change("web", &deleted);
    assert!(finalizer::add(&writer, Arc::clone(&object), OURS).await.unwrap().is_none());
    server.change("web", &json!({ "metadata": { "finalizers": null } }));
    assert!(finalizer::add(&writer, object, OURS).await.unwrap().is_none());
}

#[tokio::test]
async fn removing_a_finalizer_survives_a_conflict_and_an_object_that_is_gone() {
    let more = json!({ "metadata": {
        "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": [OURS],
    } });
    let (server, writer, object) = begin(&more);
    server.overtake(1);
    finalizer::remove(&writer, Arc::clone(&object), OURS).await.unwrap();
    assert!(server.shop("web").is_none(), "the last finalizer held it");
    finalizer::remove(&writer, object, OURS).await.unwrap();
}
