//! The patch of a webhook: an object and the patch in; the patched object, or what of the patch does not fit it, out.

use crate::merge;
use serde_json::Value;

/// Why there is no patched object.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// The bytes are no JSON patch.
    Undecodable(String),
    /// An operation does not fit the object; in the words of the API server.
    Operation(String),
}

/// The object after the patch.
///
/// # Errors
/// The patch is none, or does not fit.
pub(super) fn patched(object: &Value, patch: &[u8]) -> Result<Value, Unfit> {
    merge::json_patch(object, patch).map_err(|error| {
        match error.message.strip_prefix("error decoding patch: ") {
            Some(why) => Unfit::Undecodable(why.to_owned()),
            None => Unfit::Operation(misfit(object, patch).unwrap_or(error.message)),
        }
    })
}

/// What is wrong with the first operation that does not fit.
fn misfit(object: &Value, patch: &[u8]) -> Option<String> {
    let operations: Vec<Value> = serde_json::from_slice(patch).ok()?;
    let mut object = object.clone();
    for operation in operations {
        let alone = Value::Array(vec![operation.clone()]).to_string();
        match merge::json_patch(&object, alone.as_bytes()) {
            Ok(next) => object = next,
            Err(_) => return Some(told(&object, &operation)),
        }
    }
    None
}

fn told(object: &Value, operation: &Value) -> String {
    let text = |member: &str| operation[member].as_str().unwrap_or_default();
    let (op, path, from) = (text("op"), text("path"), text("from"));
    let parted = |path: &str| {
        let (parent, key) = path.rsplit_once('/').unwrap_or(("", path));
        (object.pointer(parent).is_some_and(|parent| !parent.is_null()), key.to_owned())
    };
    match op {
        "add" => {
            format!("add operation does not apply: doc is missing path: \"{path}\": missing value")
        }
        "replace" => {
            format!("replace operation does not apply: doc is missing path: {path}: missing value")
        }
        "remove" => match parted(path) {
            (true, key) => format!(
                "error in remove for path: '{path}': Unable to remove nonexistent key: {key}: \
                 missing value"
            ),
            (false, _) => {
                format!(
                    "remove operation does not apply: doc is missing path: \"{path}\": missing value"
                )
            }
        },
        "test" => format!("testing value {path} failed: test failed"),
        "move" => match parted(from) {
            (true, key) => format!(
                "error in move for path: '{key}': Unable to remove nonexistent key: {key}: missing \
                 value"
            ),
            (false, _) => {
                format!(
                    "move operation does not apply: doc is missing from path: {from}: missing value"
                )
            }
        },
        "copy" => {
            format!(
                "copy operation does not apply: doc is missing from path: {from}: missing value"
            )
        }
        other => format!("Unexpected kind: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_does_not_fit_is_told_in_the_servers_words() {
        let object = json!({"data": {"a": "1"}});
        let rows = [
            (
                json!({"op": "add", "path": "/nope/x", "value": 7}),
                "add operation does not apply: doc is missing path: \"/nope/x\": missing value",
            ),
            (
                json!({"op": "replace", "path": "/nope/x", "value": 7}),
                "replace operation does not apply: doc is missing path: /nope/x: missing value",
            ),
            (
                json!({"op": "remove", "path": "/data/zz"}),
                "error in remove for path: '/data/zz': Unable to remove nonexistent key: zz: \
                 missing value",
            ),
            (
                json!({"op": "remove", "path": "/nope/zz"}),
                "remove operation does not apply: doc is missing path: \"/nope/zz\": missing value",
            ),
            (
                json!({"op": "test", "path": "/data/a", "value": "7"}),
                "testing value /data/a failed: test failed",
            ),
            (
                json!({"op": "move", "from": "/data/zz", "path": "/data/b"}),
                "error in move for path: 'zz': Unable to remove nonexistent key: zz: missing value",
            ),
            (
                json!({"op": "copy", "from": "/nope/zz", "path": "/data/b"}),
                "copy operation does not apply: doc is missing from path: /nope/zz: missing value",
            ),
            (json!({"op": "foo", "path": "/data/zz", "value": "7"}), "Unexpected kind: foo"),
        ];
        let fits = json!({"op": "add", "path": "/data/b", "value": "2"});
        for (operation, text) in rows {
            let patch = json!([fits, operation]).to_string();
            let unfit = patched(&object, patch.as_bytes()).unwrap_err();
            assert_eq!(unfit, Unfit::Operation(text.to_owned()));
        }
        let unfit = patched(&object, b"xx").unwrap_err();
        assert!(
            matches!(unfit, Unfit::Undecodable(why) if why.starts_with("invalid character 'x'"))
        );
    }
}
