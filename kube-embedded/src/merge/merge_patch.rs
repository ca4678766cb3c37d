//! JSON merge patch (RFC 7386).

use serde_json::Value;

use super::error::PatchError;
use crate::json;

/// Applies a merge patch: null removes, objects merge, everything else replaces.
///
/// # Errors
/// 400 for what is not a JSON object.
pub fn merge_patch(object: &Value, patch: &[u8]) -> Result<Value, PatchError> {
    let patch = document(patch, "error decoding patch: ")?;
    let mut patched = object.clone();
    json_patch::merge(&mut patched, &patch);
    Ok(patched)
}

/// Reads a patch that has to be an object.
pub(super) fn document(patch: &[u8], prefix: &str) -> Result<Value, PatchError> {
    let value = json::parse(patch)
        .map_err(|text| PatchError::bad_request(format!("{prefix}{text}")))?
        .value;
    let found = match value {
        Value::Object(_) => return Ok(value),
        Value::Null => return Ok(Value::Object(serde_json::Map::new())),
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
