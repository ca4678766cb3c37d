//! Rules of custom kinds, in definitions and at every write.

use super::*;

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const WIDGETS: &str = "/apis/g.ex/v1/namespaces/default/widgets";

fn definition(rules: &Value) -> Value {
    let size = json!({"type": "integer"});
    let color = json!({"type": "string", "maxLength": 20, "x-kubernetes-validations":
        [{"rule": "self == oldSelf", "message": "color is immutable"}]});
    let spec = json!({"type": "object", "properties": {"size": size, "color": color},
        "x-kubernetes-validations": rules});
    let ready = json!({"type": "integer", "x-kubernetes-validations":
        [{"rule": "self >= 0", "message": "ready is a count"}]});
    let status = json!({"type": "object", "properties": {"ready": ready}});
    let schema = json!({"type": "object", "properties": {"spec": spec, "status": status}});
    let version = json!({"name": "v1", "served": true, "storage": true,
        "subresources": {"status": {}}, "schema": {"openAPIV3Schema": schema}});
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.g.ex"}, "spec": {"group": "g.ex", "scope": "Namespaced",
            "versions": [version], "names": {"plural": "widgets", "kind": "Widget"}}})
}

async fn settle() {
    // With the clock paused, this is as long as everything that is due takes.
    let five = std::time::Duration::from_secs(5);
    let _ = tokio::time::timeout(five, std::future::pending::<()>()).await;
}

async fn defined(rules: &Value) -> Client {
    let client = Client::new();
    let (code, answer) = client.post(DEFINITIONS, definition(rules)).await;
    assert_eq!(code, 201, "{answer}");
    settle().await;
    client
}

fn widget(size: i64, color: &str) -> Value {
    json!({"apiVersion": "g.ex/v1", "kind": "Widget", "metadata": {"name": "w"},
        "spec": {"size": size, "color": color}})
}

#[tokio::test(start_paused = true)]
async fn a_definition_whose_rule_names_no_field_is_refused() {
    let client = Client::new();
    let (code, answer) =
        client.post(DEFINITIONS, definition(&json!([{"rule": "self.sice > 0"}]))).await;
    assert_eq!(code, 422, "{answer}");
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("undefined field 'sice'\n | self.sice > 0\n | ....^"), "{message}");
    let field = "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule";
    assert_eq!(answer["details"]["causes"][0]["field"], field);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_breaks_a_rule_is_refused_at_every_write() {
    let rules = json!([{"rule": "self.size < 10", "reason": "FieldValueForbidden",
        "fieldPath": ".size", "messageExpression": "'%d is too many'.format([self.size])"}]);
    let client = defined(&rules).await;
    let (code, answer) = client.post(WIDGETS, widget(10, "red")).await;
    assert_eq!(code, 422);
    let said = "Widget.g.ex \"w\" is invalid: spec.size: Forbidden: 10 is too many";
    assert_eq!(answer["message"], said);
    assert_eq!(client.post(WIDGETS, widget(9, "red")).await.0, 201);
    let path = format!("{WIDGETS}/w");
    let (code, answer) = client.merge(&path, json!({"spec": {"size": 11}})).await;
    assert_eq!((code, &answer["details"]["causes"][0]["field"]), (422, &json!("spec.size")));
    let (code, answer) = client.merge(&path, json!({"spec": {"color": "blue"}})).await;
    assert_eq!(code, 422);
    let said =
        "Widget.g.ex \"w\" is invalid: spec.color: Invalid value: \"blue\": color is immutable";
    assert_eq!(answer["message"], said);
    let status = format!("{path}/status");
    let (code, answer) = client.merge(&status, json!({"status": {"ready": -1}})).await;
    assert_eq!(code, 422, "{answer}");
    assert_eq!(client.merge(&status, json!({"status": {"ready": 1}})).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_rule_that_came_later_only_warns_where_nothing_was_changed() {
    let client = defined(&json!([])).await;
    assert_eq!(client.post(WIDGETS, widget(50, "red")).await.0, 201);
    let path = format!("{DEFINITIONS}/widgets.g.ex");
    let (_, mut stored) = client.get(&path).await;
    let spec = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/size";
    stored.pointer_mut(spec).unwrap()["x-kubernetes-validations"] =
        json!([{"rule": "self < 10", "message": "too big"}]);
    let (code, answer) = client.put(&path, stored).await;
    assert_eq!(code, 200, "{answer}");
    settle().await;
    let path = format!("{WIDGETS}/w");
    let labels = json!({"metadata": {"labels": {"a": "b"}}}).to_string().into_bytes();
    let answer = client.raw("PATCH", &path, "application/merge-patch+json", labels).await;
    assert_eq!(answer.status(), 200);
    let warning = answer.headers()["warning"].to_str().unwrap();
    assert_eq!(warning, "299 - \"spec.size: Invalid value: 50: too big\"");
    let (code, _) = client.merge(&path, json!({"spec": {"size": 51}})).await;
    assert_eq!(code, 422, "a value that is changed has to be right");
}
