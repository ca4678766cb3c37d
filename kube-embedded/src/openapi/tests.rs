//! What kubectl looks for in the documents.

use super::*;
use crate::clock::Clock;
use crate::kind::{Kinds, builtin_kinds};
use crate::store::{Keep, Store};

fn schemas(cluster: &Cluster, at: &str) -> Value {
    let text = &document(cluster, at).unwrap().text;
    let mut document: Value = serde_json::from_str(text).unwrap();
    document["components"]["schemas"].take()
}

/// Every reference in a value.
fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The schema at a path, through lists and references, as `kubectl explain` walks it.
fn walk<'a>(schemas: &'a Value, name: &str, path: &[&str]) -> &'a Value {
    let mut place = &schemas[name];
    for step in path {
        place = &place["properties"][step];
        if place["items"].is_object() {
            place = &place["items"];
        }
        let reference = place["$ref"].as_str().or(place["allOf"][0]["$ref"].as_str());
        if let Some(name) = reference.and_then(|text| text.strip_prefix("#/components/schemas/")) {
            place = &schemas[name];
        }
    }
    place
}

#[tokio::test]
async fn every_field_of_a_built_in_kind_can_be_explained() {
    let kinds = Kinds::new(builtin_kinds());
    let cluster = Cluster::new(Store::new(1, Keep::default()), kinds, Clock::system(), 1);
    for kind in cluster.kinds.all() {
        let schemas = schemas(&cluster, &place(&kind));
        let own = &schemas[schema_name(&kind)];
        assert!(own["properties"]["metadata"].is_object(), "{}: {own}", kind.kind);
        assert_eq!(own["x-kubernetes-group-version-kind"][0]["kind"], kind.kind);
        let mut found = Vec::new();
        references(&schemas, &mut found);
        for reference in found {
            let name = reference.strip_prefix("#/components/schemas/").unwrap();
            assert!(schemas[name].is_object(), "{reference} of {}", kind.kind);
        }
    }
    let apps = schemas(&cluster, "apis/apps/v1");
    let at = |path: &[&str]| walk(&apps, "io.k8s.api.apps.v1.Deployment", path);
    let pod = ["spec", "template", "spec", "containers"];
    let port = at(&[&pod[..], &["ports", "containerPort"]].concat());
    assert_eq!(port, &json!({"type": "integer", "format": "int32", "default": 0}));
    let args = at(&[&pod[..], &["args"]].concat());
    assert_eq!(args, &json!({"type": "string"}), "the items of a list");
    let labels = &at(&["metadata"])["properties"]["labels"];
    assert_eq!(labels, &json!({"type": "object", "additionalProperties": {"type": "string"}}));
    let surge = at(&["spec", "strategy", "rollingUpdate", "maxSurge"]);
    assert_eq!(surge["format"], "int-or-string");
}
