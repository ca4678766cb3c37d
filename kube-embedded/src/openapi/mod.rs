//! The OpenAPI documents: the kinds in; what `kubectl` needs to write and to explain them out.
//!
//! Differs: a kind's paths carry its patch operation and the query parameters of writes, which is
//! what clients look for.

mod builtin;

use crate::cluster::Cluster;
use crate::discovery::fingerprint;
use crate::kind::Kind;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

fn place(kind: &Kind) -> String {
    match kind.group.as_str() {
        "" => format!("api/{}", kind.version),
        group => format!("apis/{group}/{}", kind.version),
    }
}

/// `/openapi/v3`
pub(crate) fn index(cluster: &Cluster) -> Value {
    let mut paths = Map::new();
    for kind in cluster.kinds.all() {
        let place = place(&kind);
        if paths.contains_key(&place) {
            continue;
        }
        if let Some(document) = document(cluster, &place) {
            let url = format!("/openapi/v3/{place}?hash={}", document.hash);
            paths.insert(place, json!({"serverRelativeURL": url}));
        }
    }
    json!({"paths": paths})
}

/// A document, and the hash that it is asked for by.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) text: String,
    pub(crate) hash: String,
}

/// `/openapi/v3/api/v1`, `/openapi/v3/apis/GROUP/VERSION`
pub(crate) fn document(cluster: &Cluster, at: &str) -> Option<Arc<Document>> {
    // Those of built-in kinds are large, asked for by every kubectl, and always the same.
    static BUILT: OnceLock<Mutex<HashMap<String, Arc<Document>>>> = OnceLock::new();
    let kinds: Vec<Arc<Kind>> =
        cluster.kinds.all().into_iter().filter(|kind| place(kind) == at).collect();
    let custom = kinds.first()?.custom;
    let write = || {
        let text = write(at, &kinds).to_string();
        Arc::new(Document { hash: fingerprint(&text), text })
    };
    if custom {
        return Some(write());
    }
    let names: Vec<&str> = kinds.iter().map(|kind| kind.plural.as_str()).collect();
    let key = format!("{at} {}", names.join(" "));
    let mut built = BUILT.get_or_init(Mutex::default).lock();
    Some(Arc::clone(built.entry(key).or_insert_with(write)))
}

fn write(at: &str, kinds: &[Arc<Kind>]) -> Value {
    let custom = kinds.iter().any(|kind| kind.custom);
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    for kind in kinds {
        let collection = if kind.namespaced {
            format!("/{at}/namespaces/{{namespace}}/{}", kind.plural)
        } else {
            format!("/{at}/{}", kind.plural)
        };
        paths.insert(collection.clone(), json!({"post": operation(kind, "post")}));
        if !kind.review {
            let item = json!({"get": operation(kind, "get"), "put": operation(kind, "put"),
                "patch": operation(kind, "patch"), "delete": operation(kind, "delete")});
            paths.insert(format!("{collection}/{{name}}"), item);
        }
        let name = schema_name(kind);
        if kind.custom || !builtin::add(kind, &name, &mut schemas) {
            schemas.insert(name.clone(), schema(kind));
        }
        schemas[&name]["x-kubernetes-group-version-kind"] = json!([kind_value(kind)]);
    }
    let title = if custom { "Kubernetes CRD Swagger" } else { "Kubernetes" };
    let version = if custom { "v0.1.0" } else { "1.36" };
    json!({"openapi": "3.0.0", "info": {"title": title, "version": version}, "paths": paths,
        "components": {"schemas": schemas}})
}

fn kind_value(kind: &Kind) -> Value {
    json!({"group": kind.group, "version": kind.version, "kind": kind.kind})
}

fn operation(kind: &Kind, action: &str) -> Value {
    let parameter = |name: &str, type_: &str| json!({"name": name, "in": "query", "schema": {"type": type_, "uniqueItems": true}});
    let mut parameters = vec![parameter("pretty", "string")];
    if action != "get" {
        parameters.push(parameter("dryRun", "string"));
    }
    if matches!(action, "post" | "put" | "patch") {
        parameters.push(parameter("fieldManager", "string"));
        parameters.push(parameter("fieldValidation", "string"));
    }
    if action == "patch" {
        parameters.push(parameter("force", "boolean"));
    }
    let reference = json!({"$ref": format!("#/components/schemas/{}", schema_name(kind))});
    let content = json!({"application/json": {"schema": reference}});
    let mut operation = json!({
        "x-kubernetes-action": action, "x-kubernetes-group-version-kind": kind_value(kind),
        "parameters": parameters,
        "responses": {"200": {"description": "OK", "content": content}},
    });
    if matches!(action, "post" | "put") {
        operation["requestBody"] = json!({"required": true, "content": content});
    }
    operation
}

/// `com.example.demo.v1.Thing`: the group backwards, as the API server names schemas.
fn schema_name(kind: &Kind) -> String {
    if !kind.custom {
        let group = match kind.group.as_str() {
            "" => "core",
            group => group.split('.').next().unwrap_or(group),
        };
        return format!("io.k8s.api.{group}.{}.{}", kind.version, kind.kind);
    }
    let group: Vec<&str> = kind.group.rsplit('.').collect();
    format!("{}.{}.{}", group.join("."), kind.version, kind.kind)
}

fn schema(kind: &Kind) -> Value {
    let mut schema = match &kind.schema {
        Some(schema) => (**schema).clone(),
        None => json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}),
    };
    if !schema.is_object() {
        schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    }
    if schema["properties"].is_null() {
        schema["properties"] = json!({});
    }
    let text = json!({"type": "string"});
    schema["properties"]["apiVersion"] = text.clone();
    schema["properties"]["kind"] = text;
    schema["properties"]["metadata"] =
        json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    schema
}

#[cfg(test)]
mod tests;
