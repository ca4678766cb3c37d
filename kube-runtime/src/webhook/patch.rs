//! What a mutating webhook changed: the object as it was sent, as its type wrote it before and after in; the smallest JSON patch out.
//!
//! What the type does not know of the object stays as it is, and so does what it writes in another way than it was sent: a default that is filled in,
//! a number with another form.

use serde_json::Map;
use serde_json::Value;

/// The patch that makes of `sent` what the function made of it.
pub(crate) fn patch(sent: &Value, before: &Value, after: &Value) -> json_patch::Patch {
    json_patch::diff(sent, &merged(sent, before, after))
}

/// `sent` with what differs between `before` and `after`.
fn merged(sent: &Value, before: &Value, after: &Value) -> Value {
    if before == after {
        return sent.clone();
    }
    match (sent, before, after) {
        (Value::Object(sent), Value::Object(before), Value::Object(after)) => {
            Value::Object(fields(sent, before, after))
        }
        (Value::Array(sent), Value::Array(before), Value::Array(after))
            if sent.len() == before.len() =>
        {
            Value::Array(items(sent, before, after))
        }
        _ => after.clone(),
    }
}

fn fields(
    sent: &Map<String, Value>,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Map<String, Value> {
    let mut fields = sent.clone();
    for (name, value) in after {
        match (sent.get(name), before.get(name)) {
            (_, Some(before)) if before == value => {}
            (Some(sent), Some(before)) => {
                fields.insert(name.clone(), merged(sent, before, value));
            }
            _ => {
                fields.insert(name.clone(), value.clone());
            }
        }
    }
    fields.retain(|name, _| after.contains_key(name) || !before.contains_key(name));
    fields
}

/// An item that the function left alone is taken as it was sent, wherever it stands now.
fn items(sent: &[Value], before: &[Value], after: &[Value]) -> Vec<Value> {
    let item = |(position, value): (usize, &Value)| {
        let same = |at: &usize| before[*at] == *value;
        let unchanged = Some(position).filter(|at| *at < before.len()).filter(same);
        match unchanged.or_else(|| (0..before.len()).find(same)) {
            Some(at) => sent[at].clone(),
            None if after.len() == before.len() => {
                merged(&sent[position], &before[position], value)
            }
            None => value.clone(),
        }
    };
    after.iter().enumerate().map(item).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_says_what_the_function_changed_and_nothing_else() {
        let sent = json!({
            "spec": { "unknown": 1, "list": [{ "name": "a", "unknown": true }, { "name": "b" }], "size": 1.0 },
        });
        // The type fills in `tier`, writes the size as a whole number and drops what it does not know.
        let before = json!({
            "spec": { "tier": "", "size": 1, "list": [{ "name": "a" }, { "name": "b" }] },
        });
        for (after, expected) in [
            (before.clone(), json!([])),
            (
                json!({ "spec": { "tier": "gold", "size": 1, "list": [{ "name": "a" }, { "name": "b" }] } }),
                json!([{ "op": "add", "path": "/spec/tier", "value": "gold" }]),
            ),
            (
                json!({ "spec": { "tier": "", "size": 1, "list": [{ "name": "c" }, { "name": "b" }] } }),
                json!([{ "op": "replace", "path": "/spec/list/0/name", "value": "c" }]),
            ),
            (
                json!({ "spec": { "tier": "", "size": 1, "list": [{ "name": "a" }] } }),
                json!([{ "op": "remove", "path": "/spec/list/1" }]),
            ),
            (
                json!({ "spec": { "tier": "", "list": [{ "name": "a" }, { "name": "b" }] } }),
                json!([{ "op": "remove", "path": "/spec/size" }]),
            ),
        ] {
            let made = patch(&sent, &before, &after);
            assert_eq!(serde_json::to_value(&made).unwrap(), expected);
            let mut patched = sent.clone();
            json_patch::patch(&mut patched, &made).unwrap();
        }
    }

    #[test]
    fn what_is_added_below_what_was_not_sent_brings_its_parents() {
        let sent = json!({ "metadata": { "name": "a" } });
        let (before, mut after) = (sent.clone(), sent.clone());
        after["metadata"]["labels"] = json!({ "a": "b" });
        let made = serde_json::to_value(patch(&sent, &before, &after)).unwrap();
        let expected = json!([{ "op": "add", "path": "/metadata/labels", "value": { "a": "b" } }]);
        assert_eq!(made, expected);
    }
}
