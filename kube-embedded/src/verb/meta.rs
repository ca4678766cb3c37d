//! Metadata on its way into the store: what the server decides, what clients may not.

use super::Target;
use crate::kind::{Kind, Sub};
use crate::status::Failure;
use serde_json::{Map, Value};

/// Members that a client cannot set on creation; they are dropped without a word.
const WIPED: [&str; 5] =
    ["creationTimestamp", "uid", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"];

/// Text of a metadata member; empty when it is missing.
pub(super) fn text<'a>(object: &'a Value, member: &str) -> &'a str {
    object["metadata"][member].as_str().unwrap_or("")
}

/// The metadata, made if need be.
pub(super) fn metadata(object: &mut Value) -> &mut Map<String, Value> {
    if !object["metadata"].is_object() {
        object["metadata"] = Value::Object(Map::new());
    }
    match &mut object["metadata"] {
        Value::Object(members) => members,
        // The line above made it one.
        _ => unreachable!("metadata is an object"),
    }
}

/// Drops what only the server sets.
pub(super) fn wipe(kind: &Kind, object: &mut Value) {
    let metadata = metadata(object);
    for member in WIPED {
        metadata.remove(member);
    }
    if kind.generation {
        metadata.insert("generation".to_owned(), 1.into());
    }
}

/// Fits the namespace of the body to that of the URL.
pub(super) fn fit_namespace(target: &Target, object: &mut Value) -> Result<(), Failure> {
    let metadata = metadata(object);
    if !target.kind.namespaced {
        metadata.remove("namespace");
        return Ok(());
    }
    match metadata.get("namespace").and_then(Value::as_str).unwrap_or("") {
        "" => {
            metadata.insert("namespace".to_owned(), target.namespace.as_str().into());
            Ok(())
        }
        own if own == target.namespace => Ok(()),
        _ => Err(Failure::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        )),
    }
}

/// Fits the name of the body to that of the URL.
pub(super) fn fit_name(target: &Target, object: &Value) -> Result<(), Failure> {
    let (own, url) = (text(object, "name"), &target.name);
    if own == url {
        return Ok(());
    }
    Err(Failure::bad_request(if own.is_empty() {
        format!(
            "the name of the object ({url} based on URL) was undeterminable: name must be provided"
        )
    } else {
        format!("the name of the object ({own}) does not match the name on the URL ({url})")
    }))
}

/// Removes repeated owners and empty lists; says so when it did.
pub(super) fn tidy(object: &mut Value, warnings: &mut Vec<String>) {
    let metadata = metadata(object);
    for member in ["labels", "annotations", "ownerReferences", "finalizers"] {
        let empty = match metadata.get(member) {
            Some(Value::Null) => true,
            Some(Value::Object(members)) => members.is_empty(),
            Some(Value::Array(items)) => items.is_empty(),
            _ => false,
        };
        if empty {
            metadata.remove(member);
        }
    }
    let Some(owners) = metadata.get_mut("ownerReferences").and_then(Value::as_array_mut) else {
        return;
    };
    let mut seen: Vec<Value> = Vec::new();
    let mut repeated: Vec<String> = Vec::new();
    owners.retain(|owner| {
        let fresh = !seen.contains(owner);
        if fresh {
            seen.push(owner.clone());
        } else {
            repeated.push(owner["uid"].as_str().unwrap_or("").to_owned());
        }
        fresh
    });
    if !repeated.is_empty() {
        warnings.push(format!(
            ".metadata.ownerReferences contains duplicate entries; API server dedups owner \
             references in 1.20+, and may reject such requests as early as 1.24; please fix your \
             requests; duplicate UID(s) observed: {}",
            repeated.join(", ")
        ));
    }
}

/// Members that a write to this target leaves alone.
pub(super) fn resets(target: &Target) -> &'static [&'static [&'static str]] {
    match (&target.sub, target.kind.has_status()) {
        (Some(Sub::Status), _) if target.kind.custom => &[&["spec"], &["metadata"]],
        (Some(Sub::Status), _) if target.kind.kind == "Deployment" => {
            &[&["spec"], &["metadata", "labels"]]
        }
        (Some(Sub::Status), _) if target.kind.kind == "Pod" => {
            &[&["spec"], &["metadata", "deletionTimestamp"], &["metadata", "ownerReferences"]]
        }
        (Some(Sub::Status | Sub::Approval), _) => &[&["spec"]],
        (Some(Sub::EphemeralContainers | Sub::Resize), _) => &[&["status"]],
        (Some(Sub::Finalize), _) => &[&["status"]],
        (None, true) if target.kind.kind == "Namespace" => &[&["status"], &["spec", "finalizers"]],
        (None, true) => &[&["status"]],
        _ => &[],
    }
}
