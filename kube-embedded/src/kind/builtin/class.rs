//! `PriorityClasses` and `RuntimeClasses`: names for what a Pod may ask for.

use super::check::{immutable, one_of, required};
use super::{Strategy, fill};
use crate::schema::FieldError;
use serde_json::Value;
use std::sync::Arc;

#[derive(Debug)]
struct Priority;

#[derive(Debug)]
struct Runtime;

pub(super) fn priority() -> Arc<dyn Strategy> {
    Arc::new(Priority)
}

pub(super) fn runtime() -> Arc<dyn Strategy> {
    Arc::new(Runtime)
}

/// Above it is the cluster's own.
const HIGHEST: i64 = 1_000_000_000;

impl Strategy for Priority {
    fn fill_in(&self, object: &mut Value) {
        fill(object, "preemptionPolicy", "PreemptLowerPriority");
    }

    fn new_generation(&self, _object: &Value, _old: &Value) -> bool {
        false
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(old) = old {
            for member in ["value", "preemptionPolicy"] {
                if object[member] != old[member] {
                    errors.push(FieldError::forbidden(member, "may not be changed in an update."));
                }
            }
            return errors;
        }
        let name = object["metadata"]["name"].as_str().unwrap_or("");
        if name.starts_with("system-") {
            let detail = format!(
                "priority class names with 'system-' prefix are reserved for system use only. error: {name} is not a known system priority class"
            );
            errors.push(FieldError::forbidden("metadata.name", detail));
        } else if object["value"].as_i64().is_some_and(|value| value > HIGHEST) {
            let detail = format!("maximum allowed value of a user defined priority is {HIGHEST}");
            errors.push(FieldError::forbidden("value", detail));
        }
        one_of(object, "preemptionPolicy", &["PreemptLowerPriority", "Never"], &mut errors);
        errors
    }
}

impl Strategy for Runtime {
    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        required(object, "handler", &mut errors);
        immutable(object, old, &["handler"], &mut errors);
        errors
    }
}
