//! The annotation of client-side apply: kept up to date for `kubectl`, and why its conflicts may be forced.

use serde_json::Value;

use super::compare::Comparison;
use super::set::Set;
use super::typed::{field_set, validate};
use crate::json;
use crate::schema::Types;

/// The manager whose applies take over from its client-side ones.
pub(super) const KUBECTL: &str = "kubectl";

const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn annotation(object: &Value) -> Option<&str> {
    let text = object.get("metadata")?.get("annotations")?.get(ANNOTATION)?.as_str()?;
    (!text.is_empty()).then_some(text)
}

/// The fields that client-side apply set and that nobody has changed since.
pub(super) fn untouched(types: &Types, api_version: &str, live: &Value) -> Option<Set> {
    let last = json::parse(annotation(live)?.as_bytes()).ok()?.value;
    let usable = last.get("apiVersion").and_then(Value::as_str) == Some(api_version)
        && validate(types, &last, false).is_empty()
        && validate(types, live, false).is_empty();
    if !usable {
        return None;
    }
    let changed = Comparison::of(types, &last, live).ok()?;
    let set = field_set(types, &last);
    Some(set.difference(&changed.modified).difference(&changed.added).difference(&changed.removed))
}

/// Sets the annotation of an object that has it to what is applied now.
pub(super) fn refresh(object: &mut Value, applied: &Value) {
    if annotation(object).is_none() {
        return;
    }
    let mut applied = applied.clone();
    if let Some(Value::Object(metadata)) = applied.get_mut("metadata")
        && let Some(Value::Object(annotations)) = metadata.get_mut("annotations")
    {
        annotations.remove(ANNOTATION);
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
    object["metadata"]["annotations"][ANNOTATION] =
        Value::from(format!("{}\n", json::text(&applied)));
}
