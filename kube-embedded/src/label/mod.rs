//! Names, labels and annotations as Kubernetes asks for them: one in, its mistakes out.
//!
//! Mirrors: kubernetes apimachinery pkg/util/validation, pkg/api/validation

mod dns;

pub(crate) use dns::{dns_1035, dns_label, dns_subdomain, path_segment};

use crate::schema::FieldError;
use crate::schema::FieldErrorKind;
use serde_json::Value;
use serde_json::json;

const ANNOTATIONS: usize = 256 * 1024;

/// The mistakes of `metadata.labels`.
pub(crate) fn labels(labels: &Value, errors: &mut Vec<FieldError>) {
    for (key, value) in labels.as_object().into_iter().flatten() {
        qualified("metadata.labels", key, key, errors);
        check_label_value("metadata.labels", value, errors);
    }
}

/// The mistakes of the value of a label.
pub(crate) fn check_label_value(field: &str, value: &Value, errors: &mut Vec<FieldError>) {
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

/// The mistakes of `metadata.annotations`.
pub(crate) fn annotations(annotations: &Value, errors: &mut Vec<FieldError>) {
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
