//! Checks that many kinds share: an object and where to look in, what is wrong there out.

use crate::schema::FieldError;
use serde_json::Value;

/// The value at a path as `spec.provisioner`.
fn at<'a>(object: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(object, |value, member| &value[member])
}

/// These may not change.
pub(super) fn immutable(
    object: &Value,
    old: Option<&Value>,
    paths: &[&str],
    errors: &mut Vec<FieldError>,
) {
    let Some(old) = old else { return };
    for path in paths {
        let value = at(object, path);
        if value != at(old, path) {
            errors.push(FieldError::invalid(*path, value, "field is immutable"));
        }
    }
}

/// The text there may not be empty.
pub(super) fn required(object: &Value, path: &str, errors: &mut Vec<FieldError>) {
    if at(object, path).as_str().is_none_or(str::is_empty) {
        errors.push(FieldError::required(path, ""));
    }
}

/// If there is something, it is one of these.
pub(super) fn one_of(object: &Value, path: &str, supported: &[&str], errors: &mut Vec<FieldError>) {
    let value = at(object, path);
    if value.as_str().is_some_and(|text| !supported.contains(&text)) {
        errors.push(FieldError::not_supported(path, value, supported.iter().copied()));
    }
}

/// If there is a number, it is not below zero.
pub(super) fn not_negative(object: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let value = at(object, path);
    if value.as_i64().is_some_and(|number| number < 0) {
        errors.push(FieldError::invalid(path, value, "must be greater than or equal to 0"));
    }
}

/// The items of a list, with the path of each.
pub(super) fn each<'a>(
    object: &'a Value,
    path: &'a str,
) -> impl Iterator<Item = (String, &'a Value)> {
    let items = at(object, path).as_array().into_iter().flatten().enumerate();
    items.map(move |(index, item)| (format!("{path}[{index}]"), item))
}
