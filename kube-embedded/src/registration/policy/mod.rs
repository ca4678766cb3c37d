//! Validating admission policies and their bindings: defaults and rules.

mod binding;
mod resources;
mod validate;

use super::fill;
use super::items;
use crate::kind::Kind;
use crate::kind::Strategy;
use crate::kind::Sub;
use crate::schema::FieldError;
use serde_json::Value;
use serde_json::json;
use std::sync::Arc;

/// The row of policies.
pub(super) fn policy_kind(kind: Kind) -> Kind {
    Kind { strategy: Arc::new(Policy), subresources: vec![Sub::Status], ..kind }
}

/// The row of bindings.
pub(super) fn binding_kind(kind: Kind) -> Kind {
    Kind { strategy: Arc::new(Binding), ..kind }
}

#[derive(Debug)]
struct Policy;

impl Strategy for Policy {
    fn fill_in(&self, object: &mut Value) {
        let Some(spec) = object.get_mut("spec") else { return };
        fill(spec, "failurePolicy", json!("Fail"));
        fill_resources(spec, "matchConstraints");
    }

    fn prepare_create(&self, object: &mut Value, _now: &str) {
        object["status"] = json!({});
        object["metadata"]["generation"] = 1.into();
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        validate::validate(object, old)
    }
}

#[derive(Debug)]
struct Binding;

impl Strategy for Binding {
    fn fill_in(&self, object: &mut Value) {
        let Some(spec) = object.get_mut("spec") else { return };
        fill_resources(spec, "matchResources");
    }

    fn prepare_create(&self, object: &mut Value, _now: &str) {
        object["metadata"]["generation"] = 1.into();
    }

    fn validate(&self, object: &Value, _old: Option<&Value>) -> Vec<FieldError> {
        binding::validate(&object["spec"])
    }
}

fn fill_resources(spec: &mut Value, member: &str) {
    let Some(resources) = spec.get_mut(member).filter(|resources| resources.is_object()) else {
        return;
    };
    fill(resources, "matchPolicy", json!("Equivalent"));
    fill(resources, "namespaceSelector", json!({}));
    fill(resources, "objectSelector", json!({}));
    for rules in ["resourceRules", "excludeResourceRules"] {
        for rule in items(resources, rules) {
            fill(rule, "scope", json!("*"));
        }
    }
}
