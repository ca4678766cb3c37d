//! JSON patch (RFC 6902) as the API server applies it.
//!
//! Differs from the RFC as the API server does: negative indices count from the end, `replace` of a missing key adds it.

use json_patch::jsonptr::{PointerBuf, Token};
use json_patch::{AddOperation, PatchOperation};
use serde_json::Value;

use super::error::PatchError;
use crate::json;

const MOST_OPERATIONS: usize = 10_000;

/// Applies a JSON patch.
///
/// # Errors
/// 400 for what is not a list of operations, 422 for operations that do not fit the object.
pub fn json_patch(object: &Value, patch: &[u8]) -> Result<Value, PatchError> {
    let decoding = |text: String| PatchError::bad_request(format!("error decoding patch: {text}"));
    let operations = match json::parse(patch).map_err(decoding)?.value {
        Value::Array(operations) => operations,
        Value::Null => Vec::new(),
        other => {
            let found = kind_of(&other);
            return Err(decoding(format!(
                "json: cannot unmarshal {found} into Go value of type []handlers.jsonPatchOp"
            )));
        }
    };
    if let Some(other) = operations.iter().find(|operation| !operation.is_object()) {
        let found = kind_of(other);
        return Err(decoding(format!(
            "json: cannot unmarshal {found} into Go value of type handlers.jsonPatchOp"
        )));
    }
    if operations.len() > MOST_OPERATIONS {
        return Err(PatchError::too_large(format!(
            "The allowed maximum operations in a JSON patch is {MOST_OPERATIONS}, got {}",
            operations.len()
        )));
    }
    let mut patched = object.clone();
    for operation in operations {
        let operation = serde_json::from_value(operation).map_err(|_| PatchError::rejected())?;
        apply(&mut patched, operation)?;
    }
    Ok(patched)
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "bool",
        Value::Null => "null",
    }
}

fn apply(object: &mut Value, mut operation: PatchOperation) -> Result<(), PatchError> {
    match &mut operation {
        PatchOperation::Add(add) => count_from_the_end(object, &mut add.path),
        PatchOperation::Remove(remove) => count_from_the_end(object, &mut remove.path),
        PatchOperation::Replace(replace) => count_from_the_end(object, &mut replace.path),
        PatchOperation::Test(test) => count_from_the_end(object, &mut test.path),
        PatchOperation::Move(step) => {
            count_from_the_end(object, &mut step.from);
            count_from_the_end(object, &mut step.path);
        }
        PatchOperation::Copy(step) => {
            count_from_the_end(object, &mut step.from);
            count_from_the_end(object, &mut step.path);
        }
    }
    let operation = match operation {
        PatchOperation::Test(test) => {
            let found = object.pointer(test.path.as_str()).unwrap_or(&Value::Null);
            return if json::equal(found, &test.value) {
                Ok(())
            } else {
                Err(PatchError::rejected())
            };
        }
        PatchOperation::Replace(replace) if is_missing_key(object, &replace.path) => {
            PatchOperation::Add(AddOperation { path: replace.path, value: replace.value })
        }
        other => other,
    };
    json_patch::patch(object, &[operation]).map_err(|_| PatchError::rejected())
}

/// The path leads to a key that an object does not have.
fn is_missing_key(object: &Value, path: &PointerBuf) -> bool {
    let parent = path.parent().and_then(|parent| object.pointer(parent.as_str()));
    parent.is_some_and(Value::is_object) && object.pointer(path.as_str()).is_none()
}

/// Rewrites `-1` and the like, where the path goes through a list, to the index that is meant.
fn count_from_the_end(object: &Value, path: &mut PointerBuf) {
    let mut at = Some(object);
    let mut resolved = PointerBuf::new();
    for token in path.tokens() {
        let name = token.decoded();
        let index = name.strip_prefix('-').and_then(|digits| digits.parse::<usize>().ok());
        let items = at.and_then(Value::as_array);
        let index = items.zip(index).and_then(|(items, index)| items.len().checked_sub(index));
        match index {
            Some(index) => resolved.push_back(Token::new(index.to_string())),
            None => resolved.push_back(Token::new(name.as_ref())),
        }
        let last = resolved.last().map(|token| token.decoded().into_owned()).unwrap_or_default();
        at = match at {
            Some(Value::Array(items)) => {
                last.parse::<usize>().ok().and_then(|index| items.get(index))
            }
            Some(Value::Object(map)) => map.get(&last),
            _ => None,
        };
    }
    *path = resolved;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(patch: &Value, expected: Result<&Value, u16>) {
        let object = json!({"spec": {"args": ["a", "b"], "n": 1}});
        let outcome = json_patch(&object, patch.to_string().as_bytes()).map_err(|error| error.code);
        assert_eq!(outcome.as_ref().map_err(|code| *code), expected, "{patch}");
    }

    #[test]
    fn operations_do_what_the_api_server_does_with_them() {
        let unchanged = json!({"spec": {"args": ["a", "b"], "n": 1}});
        check(
            &json!([{"op": "remove", "path": "/spec/args/-1"}]),
            Ok(&json!({"spec": {"args": ["a"], "n": 1}})),
        );
        check(
            &json!([{"op": "add", "path": "/spec/args/-", "value": "c"}]),
            Ok(&json!({"spec": {"args": ["a", "b", "c"], "n": 1}})),
        );
        check(
            &json!([{"op": "replace", "path": "/spec/x", "value": 2}]),
            Ok(&json!({"spec": {"args": ["a", "b"], "n": 1, "x": 2}})),
        );
        check(&json!([{"op": "test", "path": "/spec/n", "value": 1.0}]), Ok(&unchanged));
        check(&json!([{"op": "test", "path": "/spec/n", "value": 2}]), Err(422));
        check(&json!([{"op": "remove", "path": "/spec/x"}]), Err(422));
        check(&json!([{"op": "add", "path": "/x/y", "value": 1}]), Err(422));
        check(&json!([{"op": "frobnicate", "path": "/x"}]), Err(422));
        check(
            &json!([{"op": "move", "from": "/spec/n", "path": "/spec/m"}]),
            Ok(&json!({"spec": {"args": ["a", "b"], "m": 1}})),
        );
    }

    #[test]
    fn what_is_no_list_of_operations_is_a_bad_request() {
        let message = |patch: &str| json_patch(&json!({}), patch.as_bytes()).unwrap_err().message;
        assert_eq!(message(""), "error decoding patch: unexpected end of JSON input");
        assert_eq!(
            message("{}"),
            "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"
        );
        let many = Value::Array(vec![
            json!({"op": "test", "path": "/a", "value": null});
            MOST_OPERATIONS + 1
        ]);
        assert_eq!(json_patch(&json!({}), many.to_string().as_bytes()).unwrap_err().code, 413);
    }
}
