//! The kinds that register admission webhooks: their rows, defaults and rules.
//!
//! Mirrors: kubernetes pkg/apis/admissionregistration/{v1/defaults.go,validation}
//! Differs: match conditions are taken and warned about, but not evaluated.

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

/// The rows of both kinds of configuration.
pub(crate) fn registration_kinds() -> [Kind; 2] {
    let row = |mutating: bool, name: &str, plural: &str| {
        let (group, version) = ("admissionregistration.k8s.io", "v1");
        Kind {
            generation: true,
            types: crate::schema::builtin(&format!("{group}/{version}"), name),
            strategy: Arc::new(Configuration { mutating }),
            refusal: crate::kind::Refusal::OnlyName,
            ..Kind::new(group, version, name, plural, false)
        }
    };
    [
        row(true, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations"),
        row(false, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations"),
    ]
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

    fn validate(&self, object: &Value, _old: Option<&Value>) -> Vec<FieldError> {
        validate::validate(object, self.mutating)
    }

    fn warnings(&self, object: &Value) -> Vec<String> {
        let conditional = |webhook: &Value| {
            webhook["matchConditions"].as_array().is_some_and(|list| !list.is_empty())
        };
        webhooks(object)
            .filter(|(_, webhook)| conditional(webhook))
            .map(|(at, _)| {
                format!(
                    "webhooks[{at}].matchConditions: this server does not evaluate them: the \
                     webhook is called whatever they say"
                )
            })
            .collect()
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
