//! Events: one store, two kinds that show it.

use super::{Field, Strategy, fill};
use crate::kind::Conversion;
use crate::schema::FieldError;
use serde_json::{Value, json};
use std::sync::Arc;

/// The core kind, in which events are stored.
#[derive(Debug)]
struct Core;

/// The kind of `events.k8s.io`.
#[derive(Debug)]
struct GroupedStrategy;

pub(super) fn core() -> Arc<dyn Strategy> {
    Arc::new(Core)
}

pub(super) fn grouped() -> Arc<dyn Strategy> {
    Arc::new(GroupedStrategy)
}

const ABOUT: [&str; 7] =
    ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"];

/// In the order of [`grouped_fields`]: both read the stored form.
pub(super) fn core_fields() -> Vec<Field> {
    let mut fields: Vec<_> =
        ABOUT.iter().map(|member| Field::at(&format!("involvedObject.{member}"))).collect();
    fields.push(Field::at("reason"));
    fields.push(Field::at("reportingComponent"));
    fields.push(Field::at("type"));
    fields.push(Field::from("source", &["source.component", "reportingComponent"]));
    fields
}

/// In the order of [`core_fields`].
pub(super) fn grouped_fields() -> Vec<Field> {
    let about = |member: &&str| {
        Field::from(&format!("regarding.{member}"), &[&format!("involvedObject.{member}")])
    };
    let mut fields: Vec<_> = ABOUT.iter().map(about).collect();
    fields.push(Field::at("reason"));
    fields.push(Field::from("reportingController", &["reportingComponent"]));
    fields.push(Field::at("type"));
    fields
}

impl Strategy for Core {
    fn fill_in(&self, object: &mut Value) {
        fill(object, "source", json!({}));
        fill(object, "involvedObject", json!({}));
        for member in ["reportingComponent", "reportingInstance"] {
            fill(object, member, "");
        }
    }

    fn prepare_create(&self, object: &mut Value, _now: &str) {
        times(object, &["firstTimestamp", "lastTimestamp", "eventTime"]);
    }

    fn prepare_update(&self, object: &mut Value, _old: &Value) {
        times(object, &["firstTimestamp", "lastTimestamp", "eventTime"]);
    }

    fn validate(&self, object: &Value, _old: Option<&Value>) -> Vec<FieldError> {
        check(object, "involvedObject", "involvedObject.namespace")
    }
}

impl Strategy for GroupedStrategy {
    fn fill_in(&self, object: &mut Value) {
        fill(object, "regarding", json!({}));
        fill(object, "deprecatedSource", json!({}));
    }

    fn prepare_create(&self, object: &mut Value, _now: &str) {
        times(object, &["deprecatedFirstTimestamp", "deprecatedLastTimestamp", "eventTime"]);
    }

    fn prepare_update(&self, object: &mut Value, _old: &Value) {
        times(object, &["deprecatedFirstTimestamp", "deprecatedLastTimestamp", "eventTime"]);
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = check(object, "regarding", "involvedObject.namespace");
        if old.is_some() {
            return errors;
        }
        let timed = !object["eventTime"].is_null();
        if !timed {
            errors.push(FieldError::required("eventTime", ""));
        }
        for member in ["reportingController", "reportingInstance", "action", "reason"] {
            if timed && object[member].as_str().is_none_or(str::is_empty) {
                errors.push(FieldError::required(member, ""));
            }
        }
        if !matches!(object["type"].as_str(), Some("Normal" | "Warning")) {
            let kind = json!(object["type"].as_str().unwrap_or(""));
            errors.push(FieldError::invalid(
                "type",
                &kind,
                "has invalid value: ".to_owned() + kind.as_str().unwrap_or(""),
            ));
        }
        errors
    }
}

/// The server prints times even when nobody set them, and nobody owns them then.
fn times(object: &mut Value, members: &[&str]) {
    for &member in members {
        if object.get(member).is_none() {
            object[member] = Value::Null;
        }
    }
}

/// An event lies in the namespace of what it is about; `default` for what has none.
fn check(object: &Value, about: &str, field: &str) -> Vec<FieldError> {
    let about = object[about]["namespace"].as_str().unwrap_or("");
    let own = object["metadata"]["namespace"].as_str().unwrap_or("");
    let fits =
        if about.is_empty() { matches!(own, "default" | "kube-system") } else { about == own };
    if fits {
        return Vec::new();
    }
    vec![FieldError::invalid(field, &json!(about), "does not match event.namespace")]
}

/// Between the stored core form and that of `events.k8s.io`.
#[derive(Debug)]
pub(super) struct Grouped;

const NAMES: [(&str, &str); 7] = [
    ("message", "note"),
    ("involvedObject", "regarding"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

fn rename(
    object: &mut Value,
    api_version: &str,
    names: impl Iterator<Item = (&'static str, &'static str)>,
) {
    let Some(members) = object.as_object_mut() else { return };
    for (from, to) in names {
        if let Some(value) = members.remove(from) {
            members.insert(to.to_owned(), value);
        }
    }
    members.insert("apiVersion".to_owned(), api_version.into());
}

impl Conversion for Grouped {
    fn from_stored(&self, object: &mut Value) {
        rename(object, "events.k8s.io/v1", NAMES.into_iter());
        if let Some(members) = object.as_object_mut() {
            let empty = |name: &str| matches!(name, "reportingController" | "reportingInstance");
            members.retain(|name, value| !(empty(name) && *value == ""));
        }
    }

    fn to_stored(&self, object: &mut Value) {
        rename(object, "v1", NAMES.into_iter().map(|(core, grouped)| (grouped, core)));
        fill(object, "reportingComponent", "");
        fill(object, "reportingInstance", "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_show_the_same_event() {
        let mut event = json!({"apiVersion": "events.k8s.io/v1", "kind": "Event", "note": "hello",
            "regarding": {"name": "x"}, "reportingController": "me", "reportingInstance": "i"});
        let grouped = event.clone();
        Grouped.to_stored(&mut event);
        assert_eq!((&event["message"], &event["apiVersion"]), (&json!("hello"), &json!("v1")));
        assert_eq!(core_fields()[2].value(&event).as_ref(), "x");
        assert_eq!(grouped_fields()[2].value(&event).as_ref(), "x");
        Grouped.from_stored(&mut event);
        assert_eq!(event, grouped);
    }
}
