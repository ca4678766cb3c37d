//! `LimitRanges` and `ResourceQuotas`: defaults and what must fit together. Nothing is counted here.

use super::check::{each, immutable};
use super::{Strategy, fill, items};
use crate::schema::FieldError;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug)]
struct Limits;

#[derive(Debug)]
struct Quota;

pub(super) fn limits() -> Arc<dyn Strategy> {
    Arc::new(Limits)
}

pub(super) fn quota() -> Arc<dyn Strategy> {
    Arc::new(Quota)
}

/// What one map says and the other does not.
fn complete(item: &mut Value, member: &str, from: &str) {
    for (name, quantity) in item[from].as_object().cloned().into_iter().flatten() {
        fill(item, member, json!({}));
        fill(&mut item[member], &name, quantity);
    }
}

impl Strategy for Limits {
    fn fill_in(&self, object: &mut Value) {
        fill(object, "spec", json!({}));
        for item in items(&mut object["spec"], "limits") {
            if item["type"] == "Container" {
                complete(item, "default", "max");
                complete(item, "defaultRequest", "default");
                complete(item, "defaultRequest", "min");
            }
        }
    }

    fn validate(&self, object: &Value, _old: Option<&Value>) -> Vec<FieldError> {
        let (mut errors, mut seen) = (Vec::new(), Vec::new());
        for (at, item) in each(object, "spec.limits") {
            if seen.contains(&&item["type"]) {
                errors.push(FieldError::duplicate(format!("{at}.type"), &item["type"]));
            }
            seen.push(&item["type"]);
        }
        errors
    }
}

impl Strategy for Quota {
    fn prepare_create(&self, object: &mut Value, _now: &str) {
        object["status"] = json!({});
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        for (name, quantity) in object["spec"]["hard"].as_object().into_iter().flatten() {
            if quantity.as_str().is_some_and(|text| text.starts_with('-')) {
                let detail = "must be greater than or equal to 0";
                errors.push(FieldError::invalid(format!("spec.hard[{name}]"), quantity, detail));
            }
        }
        immutable(object, old, &["spec.scopes"], &mut errors);
        errors
    }
}
