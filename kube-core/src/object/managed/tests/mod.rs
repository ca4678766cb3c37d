//! Live objects in, what a manager applied of them out.

mod upgrade;

use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::Value;
use serde_json::json;

use super::DynamicObject;

/// An object with these members, of which `us` applied `ours`, and others updated `theirs`.
fn live(members: &Value, ours: &Value, theirs: &Value) -> DynamicObject {
    let entry = |manager: &str, operation: &str, subresource: &str, fields: &Value| json!({ "manager": manager, "operation": operation, "subresource": subresource, "fieldsType": "FieldsV1", "fieldsV1": fields });
    let mut object = members.clone();
    object["apiVersion"] = "v1".into();
    object["kind"] = "Thing".into();
    object["metadata"]["name"] = "one".into();
    object["metadata"]["namespace"] = "here".into();
    object["metadata"]["uid"] = "u".into();
    object["metadata"]["managedFields"] = json!([
        entry("us", "Update", "", theirs),
        entry("them", "Apply", "", theirs),
        entry("us", "Apply", "status", &json!({ "f:status": { "f:ready": {} } })),
        entry("us", "Apply", "", ours),
    ]);
    serde_json::from_value(object).unwrap()
}

#[track_caller]
fn check(members: &Value, ours: &Value, theirs: &Value, mut expected: Value) {
    let owned = serde_json::to_value(live(members, ours, theirs).extract("us").unwrap()).unwrap();
    expected["apiVersion"] = "v1".into();
    expected["kind"] = "Thing".into();
    expected["metadata"]["name"] = "one".into();
    expected["metadata"]["namespace"] = "here".into();
    assert_eq!(owned, expected);
}

#[test]
fn what_a_manager_applied_is_its_fields_and_no_others() {
    let none = json!({});
    let members = json!({
        "metadata": { "labels": { "ours": "1", "theirs": "2" }, "finalizers": ["a", "b"] },
        "spec": {
            "replicas": 3, "paused": true, "atomic": { "x": 1 }, "list": [1, 2],
            "ports": [{ "port": 80, "protocol": "TCP", "name": "a" }, { "port": 80, "protocol": "UDP", "name": "b" }],
        },
    });
    let ours = json!({
        "f:metadata": { "f:labels": { "f:ours": {} }, "f:finalizers": { "v:\"b\"": {} } },
        "f:spec": {
            "f:replicas": {}, "f:atomic": {}, "f:list": {}, "f:gone": {},
            "f:ports": { "k:{\"port\":80,\"protocol\":\"UDP\"}": { ".": {}, "f:port": {}, "f:name": {} } },
        },
    });
    let expected = json!({
        "metadata": { "labels": { "ours": "1" }, "finalizers": ["b"] },
        "spec": {
            "replicas": 3, "atomic": { "x": 1 }, "list": [1, 2],
            "ports": [{ "port": 80, "protocol": "UDP", "name": "b" }],
        },
    });
    check(&members, &ours, &none, expected);
}

#[test]
fn a_map_that_was_applied_empty_stays_empty_when_others_put_something_in() {
    let members = json!({ "metadata": {}, "data": { "theirs": "1" } });
    let theirs = json!({ "f:data": { "f:theirs": {} } });
    check(&members, &json!({ "f:data": {} }), &theirs, json!({ "metadata": {}, "data": {} }));
    let ours = json!({ "f:data": { ".": {} } });
    check(&members, &ours, &json!({}), json!({ "metadata": {}, "data": {} }));
}

#[test]
fn of_who_applied_nothing_there_is_only_which_object_it_is() {
    let members = json!({ "metadata": {}, "data": { "a": "1" }, "status": { "ready": true } });
    let live = live(&members, &json!({ "f:data": {} }), &json!({}));
    let nobody = live.extract("nobody").unwrap();
    assert!(nobody.data.is_empty() && nobody.metadata.name.as_deref() == Some("one"));
    assert!(nobody.metadata.uid.is_none() && nobody.metadata.managed_fields.is_none());
    let status = live.extract_subresource("us", "status").unwrap();
    assert_eq!(Value::Object(status.data), json!({ "status": { "ready": true } }));
}

#[test]
fn an_object_without_managed_fields_says_how_to_have_them() {
    let map: ConfigMap = serde_json::from_value(json!({ "metadata": { "name": "a" } })).unwrap();
    let error = DynamicObject::of(&map).unwrap().extract("us").unwrap_err().to_string();
    assert!(error.contains("ConfigMap `a`") && error.contains("keep_managed_fields"), "{error}");
}

#[test]
fn an_item_that_is_owned_by_its_place_is_that_one() {
    let members = json!({ "spec": { "list": [{ "a": 1, "b": 2 }, { "a": 3, "b": 4 }] } });
    let ours = json!({ "f:spec": { "f:list": { "i:1": { "f:a": {} }, "i:7": {} } } });
    check(&members, &ours, &json!({}), json!({ "spec": { "list": [{ "a": 3 }] } }));
}
