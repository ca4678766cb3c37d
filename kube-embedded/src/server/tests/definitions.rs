//! Kinds that come and go while the server runs.

use super::*;

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const WIDGETS: &str = "/apis/g.ex/v1/namespaces/default/widgets";

async fn define(client: &Client) {
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "size": {"type": "integer", "default": 1, "maximum": 9}}}}});
    let version = json!({"name": "v1", "served": true, "storage": true,
        "schema": {"openAPIV3Schema": schema}});
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.g.ex"}, "spec": {
            "group": "g.ex", "scope": "Namespaced", "versions": [version],
            "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wi"]}}});
    let (code, answer) = client.post(DEFINITIONS, definition).await;
    assert_eq!(code, 201, "{answer}");
    // With the clock paused, this is as long as everything that is due takes.
    let five = std::time::Duration::from_secs(5);
    let _ = tokio::time::timeout(five, std::future::pending::<()>()).await;
}

fn widget(name: &str, size: i64) -> Value {
    json!({"apiVersion": "g.ex/v1", "kind": "Widget", "metadata": {"name": name},
        "spec": {"size": size}})
}

#[tokio::test(start_paused = true)]
async fn a_defined_kind_is_served_checked_and_published() {
    let client = Client::new();
    assert_eq!(client.get(WIDGETS).await.0, 404);
    define(&client).await;
    let (code, refused) = client.post(WIDGETS, widget("w", 10)).await;
    assert_eq!(code, 422);
    let text = "Widget.g.ex \"w\" is invalid: spec.size: Invalid value: 10: spec.size in body \
                should be less than or equal to 9";
    assert_eq!(refused["message"], text);
    let (code, created) = client.post(WIDGETS, widget("w", 2)).await;
    assert_eq!((code, &created["metadata"]["generation"]), (201, &json!(1)));
    let (_, document) = client.get("/openapi/v3/apis/g.ex/v1").await;
    let item = "/apis/g.ex/v1/namespaces/{namespace}/widgets/{name}";
    let parameters = document["paths"][item]["patch"]["parameters"].as_array().unwrap();
    assert!(parameters.iter().any(|own| own["name"] == "fieldValidation"));
    let (_, list) = client.get("/apis/g.ex/v1").await;
    assert_eq!(list["resources"][0]["shortNames"], json!(["wi"]));
}

#[tokio::test(start_paused = true)]
async fn a_watch_on_a_kind_that_goes_ends() {
    let client = Client::new();
    define(&client).await;
    client.post(WIDGETS, widget("w", 2)).await;
    let mut watch = client.watch(&format!("{WIDGETS}?watch=1")).await;
    assert_eq!(events(&mut watch).await[0]["type"], "ADDED");
    let (code, _) = client.delete(&format!("{DEFINITIONS}/widgets.g.ex"), Value::Null).await;
    assert_eq!(code, 200);
    let mut types = Vec::new();
    while let Some(piece) = watch.next().await {
        let text = String::from_utf8(piece.unwrap().to_vec()).unwrap();
        for line in text.lines() {
            types.push(serde_json::from_str::<Value>(line).unwrap()["type"].clone());
        }
    }
    assert_eq!(types.last(), Some(&json!("DELETED")));
    assert_eq!(client.get(WIDGETS).await.0, 404);
}
