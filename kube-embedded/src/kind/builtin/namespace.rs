//! Namespaces: their label, their finalizer, their phase.

use super::{Strategy, fill};
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug)]
struct Namespace;

pub(super) fn namespace() -> Arc<dyn Strategy> {
    Arc::new(Namespace)
}

impl Strategy for Namespace {
    fn fill_in(&self, object: &mut Value) {
        let name = object["metadata"]["name"].clone();
        if name.as_str().is_some_and(|name| !name.is_empty()) {
            fill(&mut object["metadata"], "labels", json!({}));
            object["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
        }
    }

    fn prepare_create(&self, object: &mut Value, _now: &str) {
        object["spec"]["finalizers"] = json!(["kubernetes"]);
        object["status"] = json!({"phase": "Active"});
    }

    fn prepare_update(&self, object: &mut Value, old: &Value) {
        object["spec"]["finalizers"] = old["spec"]["finalizers"].clone();
        if object["spec"]["finalizers"].is_null() {
            object["spec"] = json!({});
        }
    }

    fn prepare_delete(&self, object: &mut Value, _now: &str) -> bool {
        object["status"]["phase"] = "Terminating".into();
        true
    }

    fn finalized(&self, object: &Value) -> bool {
        object["spec"]["finalizers"].as_array().is_none_or(Vec::is_empty)
    }
}
