//! A custom object against its schema: every mistake, in the API server's words.
//!
//! Mirrors: kube-openapi pkg/validation/validate, apiextensions-apiserver pkg/apiserver/validation

use serde_json::{Map, Value};

use super::error::{FieldError, FieldErrorKind, nowhere, said};
use super::node::{Kind, Node};
use super::number::check_number;
use crate::json::{self, child};

/// Checks a value. On an update, mistakes at what did not change are forgiven: `old` is what the value was.
pub(super) fn check(
    node: &Node,
    value: &Value,
    old: Option<&Value>,
    path: &str,
    errors: &mut Vec<FieldError>,
) {
    let before = errors.len();
    check_new(node, value, old, path, errors);
    if errors.len() > before && old.is_some_and(|old| json::equal(old, value)) {
        errors.truncate(before);
    }
}

fn check_new(
    node: &Node,
    value: &Value,
    old: Option<&Value>,
    path: &str,
    errors: &mut Vec<FieldError>,
) {
    check_type(node, value, path, errors);
    if !value.is_null() {
        check_logic(node, value, path, errors);
    }
    match value {
        Value::String(text) => check_string(node, text, path, errors),
        Value::Number(number) => check_number(node, number, path, errors),
        Value::Array(items) => check_array(node, items, old, path, errors),
        _ => {}
    }
    if let Some(allowed) = &node.checks.allowed
        && !allowed.iter().any(|allowed| is_allowed(allowed, value))
    {
        let texts: Vec<String> = allowed
            .iter()
            .map(|value| value.as_str().map_or_else(|| json::text(value), str::to_owned))
            .collect();
        errors.push(FieldError::not_supported(path, value, texts.iter().map(String::as_str)));
    }
    if let Value::Object(object) = value {
        check_object(node, object, old, path, errors);
    }
}

/// A float is compared with an integer as Go converts it: without its fraction.
fn is_allowed(allowed: &Value, value: &Value) -> bool {
    let whole = |value: &Value| value.as_f64().map(f64::trunc);
    json::equal(allowed, value)
        || (allowed.is_i64() && value.is_f64() && whole(allowed) == whole(value))
}

fn type_error(path: &str, wanted: &str, found: &str) -> FieldError {
    let detail = format!("{path} in body must be of type {wanted}: {}", json::quoted(found));
    FieldError::new(path, FieldErrorKind::TypeInvalid, json::quoted(found), detail)
}

/// The type and the kind of an object that is embedded.
pub(super) fn check_embedded(node: &Node, value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    match value {
        Value::Object(object) => {
            for name in ["apiVersion", "kind"].into_iter().filter(|_| node.embedded) {
                match object.get(name) {
                    None => errors.push(FieldError::required(child(path, name), "")),
                    Some(Value::String(text)) if !text.is_empty() => {}
                    Some(other) => {
                        let detail = if other.is_string() {
                            "must not be empty"
                        } else {
                            "must be a string"
                        };
                        errors.push(FieldError::invalid(child(path, name), other, detail));
                    }
                }
            }
            for (key, value) in object {
                if let Some(below) = node.properties.get(key) {
                    check_embedded(below, value, &child(path, key), errors);
                } else if let Some(below) = &node.additional {
                    check_embedded(below, value, &format!("{path}[{key}]"), errors);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if let Some(below) = &node.items {
                    check_embedded(below, item, &format!("{path}[{index}]"), errors);
                }
            }
        }
        _ => {}
    }
}

fn check_type(node: &Node, value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let wanted = match node.kind {
        _ if node.int_or_string => "integer,string",
        Some(kind) => kind.name(),
        None => return,
    };
    let found = match value {
        Value::Null if node.nullable => return,
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
    };
    let whole = value.as_f64().is_some_and(|number| number.fract() == 0.0);
    let fits = match node.kind {
        _ if node.int_or_string => {
            found == "string" || found == "integer" || (found == "number" && whole)
        }
        Some(Kind::Integer) => found == "integer" || (found == "number" && whole),
        Some(Kind::Number) => value.is_number(),
        Some(kind) => found == kind.name(),
        None => true,
    };
    // With a format, anything that is neither text nor a list is compared with the format instead of the type.
    let textual = matches!(found, "string" | "array");
    let numeric = matches!(node.kind, Some(Kind::Integer | Kind::Number));
    if fits || (textual && !numeric && !node.format_name.is_empty()) {
        return;
    }
    if textual || found == "null" || node.format_name.is_empty() {
        errors.push(type_error(path, wanted, found));
    } else {
        let found = match found {
            "integer" => "int64",
            "number" => "float64",
            _ => "",
        };
        errors.push(type_error(path, &node.format_name, found));
    }
}

fn check_logic(node: &Node, value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let checks = &node.checks;
    let outcome = |node: &Node| {
        let mut errors = Vec::new();
        check(node, value, None, path, &mut errors);
        errors
    };
    let quoted = json::quoted(path);
    if !checks.any_of.is_empty() {
        let failures: Vec<Vec<FieldError>> = checks.any_of.iter().map(outcome).collect();
        if failures.iter().all(|errors| !errors.is_empty()) {
            errors.push(nowhere(format!("{quoted} must validate at least one schema (anyOf)")));
            errors.extend(failures.into_iter().next().unwrap_or_default());
        }
    }
    if !checks.one_of.is_empty() {
        let failures: Vec<Vec<FieldError>> = checks.one_of.iter().map(outcome).collect();
        match failures.iter().filter(|errors| errors.is_empty()).count() {
            1 => {}
            0 => {
                errors.push(nowhere(format!("{quoted} must validate one and only one schema (oneOf). Found none valid")));
                errors.extend(failures.into_iter().next().unwrap_or_default());
            }
            valid => errors.push(nowhere(format!(
                "{quoted} must validate one and only one schema (oneOf). Found {valid} valid alternatives"
            ))),
        }
    }
    if !checks.all_of.is_empty() {
        let failures: Vec<Vec<FieldError>> = checks.all_of.iter().map(outcome).collect();
        let failed = failures.iter().filter(|errors| !errors.is_empty()).count();
        let none = if failed == failures.len() { ". None validated" } else { "" };
        errors.extend(failures.into_iter().flatten());
        if failed > 0 {
            errors.push(nowhere(format!("{quoted} must validate all the schemas (allOf){none}")));
        }
    }
    if checks.not.as_deref().is_some_and(|node| outcome(node).is_empty()) {
        errors.push(nowhere(format!("{quoted} must not validate the schema (not)")));
    }
}

fn check_string(node: &Node, text: &str, path: &str, errors: &mut Vec<FieldError>) {
    let checks = &node.checks;
    let length = text.chars().count() as u64;
    let bad = Value::from(text);
    // Only the first of these is reported.
    if let Some(most) = checks.max_length.filter(|most| length > *most) {
        errors.push(FieldError::new(
            path,
            FieldErrorKind::TooLong,
            "",
            format!("may not be more than {most} bytes"),
        ));
    } else if let Some(least) = checks.min_length.filter(|least| length < *least) {
        errors.push(said(path, &bad, &format!("should be at least {least} chars long")));
    } else if let Some(pattern) = checks.pattern.as_ref().filter(|pattern| !pattern.is_match(text))
    {
        errors.push(said(path, &bad, &format!("should match '{}'", pattern.as_str())));
    }
    if node.format.is_some_and(|format| !format.accepts(text)) {
        errors.push(FieldError {
            kind: FieldErrorKind::TypeInvalid,
            ..said(
                path,
                &bad,
                &format!("must be of type {}: {}", node.format_name, json::quoted(text)),
            )
        });
    }
}

fn check_array(
    node: &Node,
    items: &[Value],
    old: Option<&Value>,
    path: &str,
    errors: &mut Vec<FieldError>,
) {
    if let Some(below) = &node.items {
        for (index, item) in items.iter().enumerate() {
            check(below, item, old_item(node, item, old), &format!("{path}[{index}]"), errors);
        }
    }
    let size = items.len() as u64;
    if let Some(least) = node.checks.min_items.filter(|least| size < *least) {
        errors.push(said(path, &size.into(), &format!("should have at least {least} items")));
    }
    if let Some(most) = node.checks.max_items.filter(|most| size > *most) {
        errors.push(too_many(path, size, most));
    }
}

/// The item of the old list with the same keys; lists without keys have no such thing.
fn old_item<'a>(node: &Node, item: &Value, old: Option<&'a Value>) -> Option<&'a Value> {
    if node.list_type.as_deref() != Some("map") {
        return None;
    }
    let same = |other: &&Value| node.list_keys.iter().all(|key| item.get(key) == other.get(key));
    old?.as_array()?.iter().find(same)
}

fn too_many(path: &str, size: u64, most: u64) -> FieldError {
    FieldError::new(
        path,
        FieldErrorKind::TooMany,
        size.to_string(),
        format!("must have at most {most} items"),
    )
}

fn check_object(
    node: &Node,
    object: &Map<String, Value>,
    old: Option<&Value>,
    path: &str,
    errors: &mut Vec<FieldError>,
) {
    let size = object.len() as u64;
    if let Some(least) = node.checks.min_properties.filter(|least| size < *least) {
        errors.push(said(path, &size.into(), &format!("should have at least {least} properties")));
    }
    if let Some(most) = node.checks.max_properties.filter(|most| size > *most) {
        errors.push(too_many(path, size, most));
    }
    for (key, value) in object {
        if let Some(below) = node.property(key) {
            // Both sides have been brought to one version: a change of these is not seen.
            let type_meta = path.is_empty() && matches!(&**key, "kind" | "apiVersion");
            let old = if type_meta { None } else { old.and_then(|old| old.get(key)) };
            check(below, value, old, &child(path, key), errors);
        }
    }
    for key in &node.checks.required {
        if !object.contains_key(key) {
            errors.push(FieldError::required(child(path, key), ""));
        }
    }
}
