//! The status of the reconciled object: what a closure makes of it in, at most one write out.

use std::sync::Arc;

use kube_core::Error;
use kube_core::HasStatus;
use kube_core::Patch;
use kube_core::Resource;
use kube_core::ResourceExt;
use kube_core::Result;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::ATTEMPTS;
use super::Writer;
use super::error::WriteError;

/// Lets `change` work on the status of `object` and writes the difference; `None` when there is none.
///
/// The write holds only for the version it was computed from: after a conflict the live object is read and `change` runs again.
pub(crate) async fn update<K: HasStatus>(
    writer: &Writer,
    object: &Arc<K>,
    mut change: impl FnMut(&mut K::Status),
) -> Result<Option<K>> {
    write(writer, object, |base| difference(base, &mut change)).await
}

/// Writes what `difference` says of the status of `object`; `None` when it says nothing. After a conflict it is asked again, of the live object.
pub(super) async fn write<K: Resource>(
    writer: &Writer,
    object: &Arc<K>,
    mut difference: impl FnMut(&K) -> Result<Option<Value>>,
) -> Result<Option<K>> {
    let api = writer.beside(&**object);
    let mut base = Arc::clone(object);
    let mut attempt = 1;
    loop {
        let Some(difference) = difference(&base)? else { return Ok(None) };
        let patch = json!({
            "metadata": { "resourceVersion": base.resource_version() },
            "status": difference,
        });
        let patch = Patch::Merge(patch);
        let written = api.status().patch_whatever_is_allowed(base.name(), patch).await;
        match written {
            Err(error) if error.is_conflict() && attempt < ATTEMPTS => {
                attempt += 1;
                let live = api.get(base.name()).await?;
                // Another object of the same name: the status was computed for one that is gone.
                if live.uid() != object.uid() {
                    return Err(error);
                }
                base = Arc::new(live);
            }
            written => return written.map(Some),
        }
    }
}

/// The merge patch that makes the status what `change` wants.
fn difference<K: HasStatus>(
    object: &K,
    change: &mut impl FnMut(&mut K::Status),
) -> Result<Option<Value>> {
    let mut status = object.status().cloned().unwrap_or_default();
    let before = object.status().map_or(Ok(Value::Null), |status| encode(object, status))?;
    change(&mut status);
    let after = encode(object, &status)?;
    Ok(merge_patch(&before, &after))
}

/// A status, or the whole object, as JSON.
pub(super) fn encode<K: Resource>(object: &K, status: &impl Serialize) -> Result<Value, Error> {
    let value = serde_json::to_value(status).map_err(|source| WriteError::Encode {
        what: format!("the status of {}", K::RESOURCE),
        name: object.name().to_owned(),
        source,
    })?;
    Ok(without_nulls(value))
}

/// A null and an absent field are the same thing to the server, so they must be to the comparison.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        other => other,
    }
}

/// What turns `before` into `after`, or `None` when they are equal. Arrays are replaced as a whole.
fn merge_patch(before: &Value, after: &Value) -> Option<Value> {
    let empty = Map::new();
    let (before, after) = match (before, after) {
        (Value::Object(before), Value::Object(after)) => (before, after),
        // Nothing there and nothing to say.
        (Value::Null, Value::Object(after)) if after.is_empty() => return None,
        (Value::Null, Value::Object(after)) => (&empty, after),
        (before, after) => return (before != after).then(|| after.clone()),
    };
    let mut patch = Map::new();
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    for (name, after) in after {
        match before.get(name) {
            Some(before) => {
                if let Some(value) = merge_patch(before, after) {
                    patch.insert(name.clone(), value);
                }
            }
            None => _ = patch.insert(name.clone(), after.clone()),
        }
    }
    (!patch.is_empty()).then_some(Value::Object(patch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_patch_is_the_difference_and_nothing_when_there_is_none() {
        let rows = [
            (json!({"ready": 1}), json!({"ready": 1}), None),
            (json!({"ready": 1}), json!({"ready": 2}), Some(json!({"ready": 2}))),
            (json!({"a": 1, "b": 1}), json!({"b": 1}), Some(json!({"a": null}))),
            (Value::Null, json!({}), None),
            (Value::Null, json!({"ready": 0}), Some(json!({"ready": 0}))),
            (
                json!({"c": [1, 2], "d": {"e": 1, "f": 2}}),
                json!({"c": [1], "d": {"e": 1, "f": 3}}),
                Some(json!({"c": [1], "d": {"f": 3}})),
            ),
            (json!({"d": 1}), json!({"d": {"e": 1}}), Some(json!({"d": {"e": 1}}))),
        ];
        for (before, after, expected) in rows {
            assert_eq!(merge_patch(&before, &after), expected, "{before} to {after}");
        }
    }

    #[test]
    fn nulls_do_not_count() {
        assert_eq!(without_nulls(json!({"a": null, "b": {"c": null}})), json!({"b": {}}));
    }
}
