//! What every object's metadata must be: labels, annotations, owners, finalizers.

use super::Review;
use super::label::dns_subdomain;
use crate::cluster::Cluster;
use crate::kind::Kind;
use crate::schema::FieldError;
use crate::schema::FieldErrorKind;
use crate::status::Failure;
use serde_json::Value;
use serde_json::json;

const ANNOTATIONS: usize = 256 * 1024;
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

fn labels(labels: &Value, errors: &mut Vec<FieldError>) {
    for (key, value) in labels.as_object().into_iter().flatten() {
        qualified("metadata.labels", key, key, errors);
        check_label_value("metadata.labels", value, errors);
    }
}

/// The mistakes of the value of a label.
pub(super) fn check_label_value(field: &str, value: &Value, errors: &mut Vec<FieldError>) {
    let text = value.as_str().unwrap_or_default();
    if text.len() > 63 {
        errors.push(FieldError::invalid(field, value, "must be no more than 63 bytes"));
    } else if !text.is_empty() && !is_name(text) {
        let why = "a valid label must be an empty string or consist of alphanumeric characters, \
                   '-', '_' or '.', and must start and end with an alphanumeric character (e.g. \
                   'MyValue',  or 'my_value',  or '12345', regex used for validation is \
                   '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
        errors.push(FieldError::invalid(field, value, why));
    }
}

/// The mistakes of a name such as the key of a label.
pub(crate) fn check_qualified(field: &str, name: &str, errors: &mut Vec<FieldError>) {
    qualified(field, name, name, errors);
}

fn annotations(annotations: &Value, errors: &mut Vec<FieldError>) {
    let mut size = 0;
    for (key, value) in annotations.as_object().into_iter().flatten() {
        qualified("metadata.annotations", key, &key.to_lowercase(), errors);
        size += key.len() + value.as_str().map_or(0, str::len);
    }
    if size > ANNOTATIONS {
        let why = format!("may not be more than {ANNOTATIONS} bytes");
        let kind = FieldErrorKind::TooLong;
        errors.push(FieldError::new("metadata.annotations", kind, "", why));
    }
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
        qualified("metadata.finalizers", name, name, errors);
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

/// A key as `example.com/name`; `key` is what is told, `checked` what is looked at.
fn qualified(field: &str, key: &str, checked: &str, errors: &mut Vec<FieldError>) {
    let mut refuse = |why: String| errors.push(FieldError::invalid(field, &json!(key), why));
    const SHAPE: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start \
        and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex \
        used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    let parts: Vec<&str> = checked.split('/').collect();
    let name = match parts.as_slice() {
        [name] => *name,
        [prefix, name] => {
            if prefix.is_empty() {
                refuse("prefix part must be non-empty".to_owned());
            } else if let Some(why) = dns_subdomain(prefix) {
                refuse(format!("prefix part {why}"));
            }
            name
        }
        _ => {
            refuse(format!(
                "a valid label key {SHAPE} with an optional DNS subdomain prefix and '/' (e.g. \
                 'example.com/MyName')"
            ));
            return;
        }
    };
    if name.is_empty() {
        refuse("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        refuse("name part must be no more than 63 bytes".to_owned());
    }
    if !is_name(name) {
        refuse(format!("name part {SHAPE}"));
    }
}

fn is_name(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(text.chars().next())
        && edge(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}
