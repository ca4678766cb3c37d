//! What every object's metadata must be: labels, annotations, owners, finalizers.

use super::Review;
use crate::cluster::Cluster;
use crate::kind::Kind;
use crate::label::annotations;
use crate::label::check_qualified;
use crate::label::labels;
use crate::schema::FieldError;
use crate::status::Failure;
use serde_json::Value;
use serde_json::json;

const STANDARD_FINALIZERS: [&str; 3] = ["kubernetes", "orphan", "foregroundDeletion"];

/// Warns of finalizers of custom resources that are no domain's.
pub(super) fn admit(
    _cluster: &Cluster,
    review: &Review<'_>,
    object: &mut Value,
    warnings: &mut Vec<String>,
) -> Result<(), Failure> {
    if review.kind.custom && review.subresource.is_none() {
        for name in finalizers(object) {
            if !STANDARD_FINALIZERS.contains(&name) && !name.contains('/') {
                warnings.push(format!(
                    "metadata.finalizers: {name:?}: prefer a domain-qualified finalizer name to \
                     avoid accidental conflicts with other finalizer writers"
                ));
            }
        }
    }
    Ok(())
}

/// The mistakes of the metadata beside the name.
pub(crate) fn validate_meta(kind: &Kind, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let metadata = &object["metadata"];
    let mut errors = Vec::new();
    labels(&metadata["labels"], &mut errors);
    annotations(&metadata["annotations"], &mut errors);
    owners(&metadata["ownerReferences"], &mut errors);
    check_finalizers(kind, object, &mut errors);
    if let Some(old) = old {
        new_finalizers(object, old, &mut errors);
    }
    errors
}

fn owners(owners: &Value, errors: &mut Vec<FieldError>) {
    let field = "metadata.ownerReferences";
    let mut controllers: Vec<&Value> = Vec::new();
    for owner in owners.as_array().into_iter().flatten() {
        let text = |member: &str| owner[member].as_str().unwrap_or_default();
        let version = text("apiVersion");
        if version.is_empty() || version.matches('/').count() > 1 || version.ends_with('/') {
            let why = "version must not be empty";
            let field = format!("{field}.apiVersion");
            errors.push(FieldError::invalid(field, &json!(version), why));
        }
        for member in ["kind", "name", "uid"] {
            if text(member).is_empty() {
                let field = format!("{field}.{member}");
                errors.push(FieldError::invalid(field, &json!(""), "must not be empty"));
            }
        }
        if version == "v1" && text("kind") == "Event" {
            let why = "/v1, Kind=Event is disallowed from being an owner";
            errors.push(FieldError::invalid(field, owner, why));
        }
        if owner["controller"] == true {
            controllers.push(owner);
        }
    }
    if let [first, second, ..] = controllers.as_slice() {
        let what = |owner: &Value| {
            let text = |member: &str| owner[member].as_str().unwrap_or_default().to_owned();
            format!("{}/{}", text("kind"), text("name"))
        };
        let why = format!(
            "Only one reference can have Controller set to true. Found \"true\" in references for \
             {} and {}",
            what(first),
            what(second)
        );
        errors.push(FieldError::invalid(field, owners, why));
    }
}

fn check_finalizers(kind: &Kind, object: &Value, errors: &mut Vec<FieldError>) {
    let names = finalizers(object);
    for name in &names {
        check_qualified("metadata.finalizers", name, errors);
    }
    if names.contains(&"orphan") && names.contains(&"foregroundDeletion") {
        let why = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.push(FieldError::invalid("metadata.finalizers", &json!(names), why));
    }
    if kind.custom || kind.group == "apiextensions.k8s.io" {
        return;
    }
    for (at, name) in names.iter().enumerate() {
        if !name.contains('/') && !STANDARD_FINALIZERS.contains(name) {
            let why = "name is neither a standard finalizer name nor is it fully qualified";
            let field = format!("metadata.finalizers[{at}]");
            errors.push(FieldError::invalid(field, &json!(name), why));
        }
    }
}

/// What is being deleted takes no new finalizers.
fn new_finalizers(object: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    if old["metadata"]["deletionTimestamp"].is_null() {
        return;
    }
    let before = finalizers(old);
    let new: Vec<&str> =
        finalizers(object).into_iter().filter(|name| !before.contains(name)).collect();
    if !new.is_empty() {
        let listed: Vec<String> = new.iter().map(|name| format!("{name:?}")).collect();
        let why = format!(
            "no new finalizers can be added if the object is being deleted, found new finalizers \
             []string{{{}}}",
            listed.join(", ")
        );
        errors.push(FieldError::forbidden("metadata.finalizers", why));
    }
}

fn finalizers(object: &Value) -> Vec<&str> {
    let list = object.pointer("/metadata/finalizers").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}
