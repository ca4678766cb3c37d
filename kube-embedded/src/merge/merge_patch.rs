//! JSON merge patch (RFC 7386) as the API server applies it.
//!
//! Differs from the RFC as the API server does: what is new loses the nulls of objects inside its lists, too.

use serde_json::{Map, Value};

use super::error::PatchError;
use crate::json;

/// Applies a merge patch: null removes, objects merge, everything else replaces.
///
/// # Errors
/// 400 for what is not a JSON object.
pub fn merge_patch(object: &Value, patch: &[u8]) -> Result<Value, PatchError> {
    let patch = document(patch, "error decoding patch: ")?;
    Ok(merged(object.clone(), patch))
}

fn merged(current: Value, patch: Value) -> Value {
    match (current, patch) {
        (Value::Object(mut current), Value::Object(patch)) => {
            merge_into(&mut current, patch);
            Value::Object(current)
        }
        (Value::Object(_), patch) => patch,
        (_, patch) => without_nulls(patch),
    }
}

fn merge_into(current: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (key, value) in patch {
        if value.is_null() {
            current.remove(&key);
            continue;
        }
        let before = current.remove(&key).unwrap_or_default();
        current.insert(key, merged(before, value));
    }
}

/// A value without the nulls of its objects; nulls that are items of a list stay.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        scalar => scalar,
    }
}

/// Reads a patch that has to be an object.
pub(super) fn document(patch: &[u8], prefix: &str) -> Result<Value, PatchError> {
    let value = json::parse(patch)
        .map_err(|text| PatchError::bad_request(format!("{prefix}{text}")))?
        .value;
    let found = match value {
        Value::Object(_) => return Ok(value),
        Value::Null => return Ok(Value::Object(Map::new())),
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "bool",
    };
    let into = "Go value of type map[string]interface {}";
    Err(PatchError::bad_request(format!("{prefix}json: cannot unmarshal {found} into {into}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn null_removes_objects_merge_and_lists_are_replaced() {
        let object = json!({"a": {"b": 1, "c": 2}, "l": [1, 2]});
        let patched =
            merge_patch(&object, br#"{"a":{"b":null,"d":{"e":null,"f":1}},"l":[3]}"#).unwrap();
        assert_eq!(patched, json!({"a": {"c": 2, "d": {"f": 1}}, "l": [3]}));
    }

    #[test]
    fn what_is_new_loses_its_nulls_also_inside_lists() {
        let patched =
            merge_patch(&json!({"l": [1]}), br#"{"l":[null,{"a":null,"b":1}],"n":{"a":null}}"#)
                .unwrap();
        assert_eq!(patched, json!({"l": [null, {"b": 1}], "n": {}}));
    }

    #[test]
    fn what_is_no_object_is_a_bad_request() {
        let error = merge_patch(&json!({}), b"[]").unwrap_err();
        assert_eq!(
            (error.code, &*error.message),
            (
                400,
                "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"
            )
        );
        let error = merge_patch(&json!({}), b"{bad").unwrap_err();
        assert_eq!(
            error.message,
            "error decoding patch: invalid character 'b' looking for beginning of object key string"
        );
    }
}
