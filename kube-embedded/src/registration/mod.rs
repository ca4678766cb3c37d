//! The kinds that register admission webhooks and policies: their rows, defaults and rules.
//!
//! Mirrors: kubernetes pkg/apis/admissionregistration/{v1/defaults.go,validation}
//! Differs: who writes a policy or a binding need not be allowed to read its parameters.

mod conditions;
mod policy;
mod rules;
mod validate;

pub(crate) use validate::{check_client, check_review_versions};

use crate::kind::Kind;
use crate::kind::Strategy;
use crate::schema::FieldError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::json;
use std::sync::Arc;

#[cfg(test)]
mod tests;

const GROUP: &str = "admissionregistration.k8s.io";

/// The rows of both kinds of configuration, of policies and of their bindings.
pub(crate) fn registration_kinds() -> [Kind; 4] {
    let row = |mutating: bool, name: &str, plural: &str| Kind {
        strategy: Arc::new(Configuration { mutating }),
        ..kind(name, plural)
    };
    [
        row(true, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations"),
        row(false, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations"),
        policy::policy_kind(kind("ValidatingAdmissionPolicy", "validatingadmissionpolicies")),
        policy::binding_kind(kind(
            "ValidatingAdmissionPolicyBinding",
            "validatingadmissionpolicybindings",
        )),
    ]
}

fn kind(name: &str, plural: &str) -> Kind {
    Kind {
        generation: true,
        types: crate::schema::builtin(&format!("{GROUP}/v1"), name),
        refusal: crate::kind::Refusal::OnlyName,
        ..Kind::new(GROUP, "v1", name, plural, false)
    }
}

#[derive(Debug)]
struct Configuration {
    mutating: bool,
}

impl Strategy for Configuration {
    fn decode(&self, kind: &Kind, object: &mut Value) -> Result<Vec<String>, String> {
        let unknown = crate::kind::Plain.decode(kind, object)?;
        for (_, webhook) in webhooks(object) {
            let Some(text) = webhook["clientConfig"]["caBundle"].as_str() else { continue };
            if STANDARD.decode(text).is_err() {
                return Err("illegal base64 data at input byte 0".to_owned());
            }
        }
        Ok(unknown)
    }

    fn fill_in(&self, object: &mut Value) {
        for webhook in items(object, "webhooks") {
            fill(webhook, "failurePolicy", json!("Fail"));
            fill(webhook, "matchPolicy", json!("Equivalent"));
            fill(webhook, "namespaceSelector", json!({}));
            fill(webhook, "objectSelector", json!({}));
            fill(webhook, "timeoutSeconds", json!(10));
            if self.mutating {
                fill(webhook, "reinvocationPolicy", json!("Never"));
            }
            let service = webhook["clientConfig"].get_mut("service");
            if let Some(service) = service.filter(|service| service.is_object()) {
                fill(service, "port", json!(443));
            }
            for rule in items(webhook, "rules") {
                fill(rule, "scope", json!("*"));
            }
        }
    }

    fn new_generation(&self, object: &Value, old: &Value) -> bool {
        object.get("webhooks") != old.get("webhooks")
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        validate::validate(object, old, self.mutating)
    }
}

/// The webhooks of a configuration with their places.
fn webhooks(object: &Value) -> impl Iterator<Item = (usize, &Value)> {
    object["webhooks"].as_array().into_iter().flatten().enumerate()
}

/// The items of a list member, to change.
fn items<'a>(object: &'a mut Value, member: &str) -> impl Iterator<Item = &'a mut Value> {
    object.get_mut(member).and_then(Value::as_array_mut).into_iter().flatten()
}

/// Sets a member of an object unless it is there.
fn fill(object: &mut Value, member: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        let slot = members.entry(member).or_insert(Value::Null);
        if slot.is_null() {
            *slot = value;
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
