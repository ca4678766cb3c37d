//! The kind CustomResourceDefinition: its row, defaults and rules.

use serde_json::Value;
use serde_json::json;
use std::sync::Arc;

use super::set_condition;
use super::validate::schema;
use super::validate::validate;
use crate::kind::Kind;
use crate::kind::Strategy;
use crate::kind::Sub;
use crate::schema::FieldError;
use crate::schema::Schema;

/// The finalizer that keeps a definition until its objects are gone.
pub(crate) const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// The row of CustomResourceDefinition.
pub(crate) fn definition_kind() -> Kind {
    let (group, version) = ("apiextensions.k8s.io", "v1");
    let (name, plural) = ("CustomResourceDefinition", "customresourcedefinitions");
    Kind {
        short_names: vec!["crd".to_owned(), "crds".to_owned()],
        categories: vec!["api-extensions".to_owned()],
        subresources: vec![Sub::Status],
        generation: true,
        types: crate::schema::builtin(&format!("{group}/{version}"), name),
        strategy: Arc::new(Definition),
        ..Kind::new(group, version, name, plural, false)
    }
}

#[derive(Debug)]
struct Definition;

impl Strategy for Definition {
    fn fill_in(&self, object: &mut Value) {
        let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) else { return };
        let name = spec["names"]["kind"].as_str().unwrap_or_default().to_owned();
        if !name.is_empty() {
            fill(&mut spec["names"], "singular", &name.to_lowercase());
            fill(&mut spec["names"], "listKind", &format!("{name}List"));
        }
        if spec["conversion"].is_null() {
            spec["conversion"] = json!({ "strategy": "None" });
        }
        let service = spec["conversion"].pointer_mut("/webhook/clientConfig/service");
        if let Some(service) = service.filter(|service| service.is_object())
            && service["port"].is_null()
        {
            service["port"] = json!(443);
        }
    }

    fn prepare_create(&self, object: &mut Value, _now: &str) {
        object["status"] = json!({
            "conditions": null,
            "acceptedNames": { "plural": "", "kind": "" },
            "storedVersions": [],
        });
        remember_stored(object);
    }

    fn prepare_update(&self, object: &mut Value, _old: &Value) {
        remember_stored(object);
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        validate(object, old)
    }

    fn warnings(&self, object: &Value) -> Vec<String> {
        let versions = object["spec"]["versions"].as_array();
        let mut warnings: Vec<String> = versions
            .into_iter()
            .flatten()
            .filter_map(|version| Schema::compile(schema(version), "").ok())
            .flat_map(|schema| schema.warnings().to_vec())
            .collect();
        warnings.dedup();
        warnings
    }

    fn prepare_delete(&self, object: &mut Value, now: &str) -> bool {
        let finalizers = &mut object["metadata"]["finalizers"];
        if !finalizers.is_array() {
            *finalizers = json!([]);
        }
        if let Some(list) = finalizers.as_array_mut()
            && !list.iter().any(|one| one == CLEANUP)
        {
            list.push(json!(CLEANUP));
        }
        let message = "CustomResourceDefinition marked for deletion; CustomResource deletion will \
                       begin soon";
        let terminating = ("Terminating", "True", "InstanceDeletionPending", message);
        set_condition(&mut object["status"], terminating, now);
        true
    }
}

fn fill(names: &mut Value, member: &str, text: &str) {
    if names[member].as_str().is_none_or(str::is_empty) {
        names[member] = json!(text);
    }
}

/// Objects may be stored in every version that ever was the storage version.
fn remember_stored(object: &mut Value) {
    let versions = object["spec"]["versions"].as_array().into_iter().flatten();
    let storage: Vec<Value> = versions
        .filter(|version| version["storage"] == true)
        .map(|version| version["name"].clone())
        .collect();
    let [storage] = storage.as_slice() else { return };
    let Some(stored) = object["status"]["storedVersions"].as_array_mut() else { return };
    if !stored.contains(storage) {
        stored.push(storage.clone());
    }
}
