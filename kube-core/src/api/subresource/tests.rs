//! The promises of the parts of objects, against a script: what is sent, and what is made of the answers.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;
use serde_json::json;

use crate::client::Client;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::request::Patch;
use crate::request::Propagation;
use crate::transport::script::Script;
use crate::transport::script::ok;
use crate::transport::script::said;

use super::Scale;

fn sent(script: &Script) -> String {
    let body = script.last().body.map(|body| format!(" {}", String::from_utf8_lossy(&body)));
    format!("{}{}", script.seen().last().unwrap(), body.unwrap_or_default())
}

#[tokio::test]
async fn each_part_is_written_where_it_is() -> Result<()> {
    let script = Script::new(|_, _| {
        ok(
            json!({ "apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": { "name": "web" } }),
        )
    });
    let client = Client::over(Arc::<Script>::clone(&script));
    let web = client.namespace("prod").api::<Deployment>();
    let path = "/apis/apps/v1/namespaces/prod/deployments/web";
    web.scale().get("web").await?;
    assert_eq!(sent(&script), format!("GET {path}/scale"));
    web.scale().set("web", 3).field_manager("me").await?;
    let three = r#"{"spec":{"replicas":3}}"#;
    assert_eq!(sent(&script), format!("PATCH {path}/scale?fieldManager=me {three}"));
    let scale = Scale { spec: None, ..Scale::default() };
    web.scale().replace("web", &scale).dry_run(true).await?;
    let empty = r#"{"apiVersion":"autoscaling/v1","kind":"Scale","metadata":{}}"#;
    assert_eq!(sent(&script), format!("PUT {path}/scale?dryRun=All {empty}"));

    let any = web.subresource::<Value>("a/b c");
    any.get("web").await?;
    assert_eq!(sent(&script), format!("GET {path}/a/b%20c"));
    any.delete("web").await?;
    assert_eq!(sent(&script), format!("DELETE {path}/a/b%20c"));
    any.patch("web", Patch::Merge(json!({}))).await?;
    assert_eq!(sent(&script), format!("PATCH {path}/a/b%20c {{}}"));
    any.apply("web", &json!({ "x": 1 })).field_manager("me").await?;
    assert_eq!(sent(&script), format!("PATCH {path}/a/b%20c?fieldManager=me {{\"x\":1}}"));
    let _: Value = any.create("web", &json!({ "x": 1 })).field_manager("me").await?;
    assert_eq!(sent(&script), format!("POST {path}/a/b%20c?fieldManager=me {{\"x\":1}}"));
    let error = web.subresource::<Value>("..").get("web").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    assert!(error.chain().contains("`..` cannot be a subresource"), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn what_pods_and_namespaces_have_is_typed() -> Result<()> {
    let script = Script::new(|_, _| {
        ok(
            json!({ "kind": "Status", "apiVersion": "v1", "status": "Success", "code": 201, "metadata": {} }),
        )
    });
    let client = Client::over(Arc::<Script>::clone(&script));
    let pods = client.namespace("prod").api::<Pod>();
    let path = "/api/v1/namespaces/prod/pods/web-0";
    pods.evict("web-0").await?;
    let eviction = r#"{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"web-0"}}"#;
    assert_eq!(sent(&script), format!("POST {path}/eviction {eviction}"));
    pods.evict("web-0")
        .grace_period_seconds(0)
        .uid("u")
        .resource_version("7")
        .propagation(Propagation::Foreground)
        .dry_run(true)
        .await?;
    let options = r#"{"apiVersion":"v1","dryRun":["All"],"gracePeriodSeconds":0,"kind":"DeleteOptions","preconditions":{"resourceVersion":"7","uid":"u"},"propagationPolicy":"Foreground"}"#;
    let eviction = format!(
        r#"{{"apiVersion":"policy/v1","deleteOptions":{options},"kind":"Eviction","metadata":{{"name":"web-0"}}}}"#
    );
    assert_eq!(sent(&script), format!("POST {path}/eviction?dryRun=All {eviction}"));
    pods.bind("web-0", "n1").await?;
    let binding = r#"{"apiVersion":"v1","kind":"Binding","metadata":{"name":"web-0"},"target":{"apiVersion":"v1","kind":"Node","name":"n1"}}"#;
    assert_eq!(sent(&script), format!("POST {path}/binding {binding}"));
    assert_eq!(pods.bind("", "n1").await.unwrap_err().kind(), ErrorKind::Input);
    let before = script.seen().len();
    pods.resize().get("../x").await.unwrap_err();
    assert_eq!(script.seen().len(), before, "no request left");

    let script = Script::new(|_, _| ok(json!({ "metadata": { "name": "prod" } })));
    let client = Client::over(Arc::<Script>::clone(&script));
    let prod: Namespace = serde_json::from_value(
        json!({ "metadata": { "name": "prod" }, "spec": { "finalizers": [] } }),
    )
    .unwrap();
    client.all::<Namespace>().finalize(&prod).await?;
    assert!(
        sent(&script).starts_with("PUT /api/v1/namespaces/prod/finalize {"),
        "{}",
        sent(&script)
    );
    let pods = client.namespace("prod").api::<Pod>();
    pods.resize().replace("web-0", &Pod::default()).await?;
    assert!(sent(&script).starts_with(&format!("PUT {path}/resize {{")));
    pods.ephemeral_containers().patch("web-0", Patch::Strategic(json!({}))).await?;
    assert_eq!(sent(&script), format!("PATCH {path}/ephemeralcontainers {{}}"));
    Ok(())
}

#[tokio::test]
async fn a_budget_that_would_be_broken_asks_for_patience() {
    let refusal = "Cannot evict pod as it would violate the pod's disruption budget.";
    let script = Script::new(move |_, _| said(429, "TooManyRequests", refusal));
    let client = Client::over(Arc::<Script>::clone(&script));
    let error = client.namespace("prod").api::<Pod>().evict("web-0").await.unwrap_err();
    assert!(error.is_too_many_requests());
    assert_eq!(
        error.chain(),
        format!("failed to create pods/eviction `web-0` in namespace `prod`: {refusal}")
    );
    assert_eq!(script.seen().len(), 1, "an eviction is not repeated by itself");
}
