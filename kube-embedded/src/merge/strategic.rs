//! Strategic merge patch of the built-in kinds: lists merge by the keys that their types declare, directives do the rest.
//!
//! Mirrors: apimachinery pkg/util/strategicpatch

use serde_json::{Map, Value};

use super::error::PatchError;
use super::merge_patch::document;
use super::order::ordered;
use crate::json;
use crate::schema::{Field, StructMap, TypeId, Types};

const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const ORDER: &str = "$setElementOrder/";
const DELETE: &str = "$deleteFromPrimitiveList/";

type Object = Map<String, Value>;

/// Applies a strategic merge patch.
///
/// # Errors
/// 400 for what is not a patch, 422 for lists of lists, 500 for directives that do not fit, all as the API server has it.
pub fn strategic(object: &Value, patch: &[u8], types: &Types) -> Result<Value, PatchError> {
    let Value::Object(patch) = document(patch, "")? else {
        return Err(PatchError::bad_request("invalid JSON document"));
    };
    let live = object.as_object().cloned().unwrap_or_default();
    merge_map(live, patch, types, Some(types.root())).map(Value::Object)
}

fn struct_of(types: &Types, id: Option<TypeId>) -> Option<&StructMap> {
    types.get(id?).map.as_ref()
}

fn merge_map(
    mut live: Object,
    mut patch: Object,
    types: &Types,
    id: Option<TypeId>,
) -> Result<Object, PatchError> {
    match patch.get(DIRECTIVE) {
        None => {}
        Some(Value::String(directive)) if directive == "replace" => {
            patch.remove(DIRECTIVE);
            return Ok(patch);
        }
        Some(Value::String(directive)) if directive == "delete" => return Ok(Map::new()),
        Some(other) => return Err(unknown_directive(other, &patch)),
    }
    retain_keys(&mut live, &mut patch)?;
    merge_ordered_lists(&mut live, &mut patch, types, id)?;
    for (key, value) in patch {
        if let Some(field) = key.strip_prefix(DELETE) {
            delete_scalars(&mut live, field, &value)?;
            continue;
        }
        if value.is_null() {
            live.remove(&key);
            continue;
        }
        let map = struct_of(types, id);
        let of = map.and_then(|map| map.type_of(&key));
        let field = map.and_then(|map| map.fields.get(&*key));
        let merged = match (live.remove(&key), value) {
            (Some(Value::Object(live)), Value::Object(patch)) => {
                Some(Value::Object(merge_map(live, patch, types, of)?))
            }
            (Some(Value::Array(live)), Value::Array(patch)) => {
                Some(Value::Array(merge_list(live, patch, types, of, field)?))
            }
            (_, added) => without_directives(added),
        };
        live.extend(merged.map(|merged| (key, merged)));
    }
    Ok(live)
}

fn unknown_directive(directive: &Value, patch: &Object) -> PatchError {
    let map = json::go_value(&Value::Object(patch.clone()));
    PatchError::plain(format!("unknown patch type: {} in map: {map}", json::go_value(directive)))
}

fn retain_keys(live: &mut Object, patch: &mut Object) -> Result<(), PatchError> {
    let Some(keys) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
    let wrong = || PatchError::bad_request("invalid patch format of retainKeys");
    let keys = keys.as_array().ok_or_else(wrong)?;
    let kept = |key: &str| keys.iter().any(|kept| kept == key);
    let stray = patch.iter().any(|(key, value)| {
        !value.is_null() && !key.starts_with(DELETE) && !key.starts_with(ORDER) && !kept(key)
    });
    if stray {
        return Err(wrong());
    }
    live.retain(|key, _| kept(key));
    Ok(())
}

fn delete_scalars(live: &mut Object, field: &str, values: &Value) -> Result<(), PatchError> {
    let Value::Array(values) = values else {
        return Err(PatchError::bad_request("invalid patch format of primitive list"));
    };
    if let Some(Value::Array(items)) = live.get_mut(field) {
        items.retain(|item| !values.iter().any(|value| json::equal(item, value)));
    }
    Ok(())
}

/// Lists whose order the patch states: merged and then ordered. What is done is taken out of the patch.
fn merge_ordered_lists(
    live: &mut Object,
    patch: &mut Object,
    types: &Types,
    id: Option<TypeId>,
) -> Result<(), PatchError> {
    let orders: Vec<String> = patch.keys().filter(|key| key.starts_with(ORDER)).cloned().collect();
    for directive in orders {
        let order = match patch.remove(&directive) {
            Some(Value::Array(order)) => order,
            Some(other) => return Err(wrong_type("[]interface {}", &other)),
            None => continue,
        };
        let name = &directive[ORDER.len()..];
        let map = struct_of(types, id);
        let (of, field) =
            (map.and_then(|map| map.type_of(name)), map.and_then(|map| map.fields.get(name)));
        let merge_key = field.and_then(|field| field.merge_key.as_deref());
        let changed = take_list(patch, name)?;
        let before = take_list(live, name)?;
        check_order(changed.as_deref().unwrap_or_default(), &order, merge_key)?;
        let merged = match (before.clone(), changed) {
            (None, None) => continue,
            (Some(before), None) => before,
            (None, Some(changed)) => changed.into_iter().filter_map(without_directives).collect(),
            (Some(before), Some(changed)) => merge_list(before, changed, types, of, field)?,
        };
        let merged = match merge_key {
            Some(key) => {
                if let Some(item) = merged.iter().find(|item| item.get(key).is_none()) {
                    return Err(no_merge_key(item, key));
                }
                ordered(merged, &order, before.as_deref().unwrap_or_default(), merge_key)
            }
            None => ordered(merged, &order, before.as_deref().unwrap_or_default(), None),
        };
        live.insert(name.to_owned(), Value::Array(merged));
    }
    Ok(())
}

fn take_list(object: &mut Object, name: &str) -> Result<Option<Vec<Value>>, PatchError> {
    match object.remove(name) {
        None => Ok(None),
        Some(Value::Array(items)) => Ok(Some(items)),
        Some(other) => Err(wrong_type("[]interface {}", &other)),
    }
}

fn wrong_type(expected: &str, found: &Value) -> PatchError {
    let found = match found {
        Value::Object(_) => "map[string]interface {}",
        Value::Array(_) => "[]interface {}",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::Null => "%!s(<nil>)",
    };
    PatchError::plain(format!("expected a {expected}, but received a {found}"))
}

fn no_merge_key(item: &Value, key: &str) -> PatchError {
    PatchError::plain(format!(
        "map: {} does not contain declared merge key: {key}",
        json::go_value(item)
    ))
}

/// The items of the patch have to be among the ordered ones, in that order.
fn check_order(
    patch: &[Value],
    order: &[Value],
    merge_key: Option<&str>,
) -> Result<(), PatchError> {
    if patch.is_empty() || order.is_empty() {
        return Ok(());
    }
    let mut rest = order.iter();
    for item in patch.iter().filter(|item| item.get(DIRECTIVE).is_none()) {
        let found = match merge_key {
            Some(key) => {
                let wanted = item.get(key).ok_or_else(|| no_merge_key(item, key))?;
                rest.any(|ordered| ordered.get(key).is_some_and(|found| json::equal(found, wanted)))
            }
            None => rest.any(|ordered| json::equal(ordered, item)),
        };
        if !found {
            let [patch, order] =
                [patch, order].map(|list| json::go_value(&Value::Array(list.to_vec())));
            return Err(PatchError::plain(format!(
                "The order in patch list:\n{patch}\n doesn't match $setElementOrder list:\n{order}\n"
            )));
        }
    }
    Ok(())
}

fn merge_list(
    live: Vec<Value>,
    patch: Vec<Value>,
    types: &Types,
    id: Option<TypeId>,
    field: Option<&Field>,
) -> Result<Vec<Value>, PatchError> {
    if !field.is_some_and(|field| field.merge) {
        return Ok(patch.into_iter().filter_map(without_directives).collect());
    }
    let mut both = live.iter().chain(&patch);
    if both.clone().next().is_none() {
        return Ok(live);
    }
    if both.clone().any(Value::is_array) {
        return Err(PatchError::rejected());
    }
    if !both.all(Value::is_object) {
        let mut merged = live.clone();
        for item in &patch {
            if !merged.iter().any(|known| json::equal(known, item)) {
                merged.push(item.clone());
            }
        }
        return Ok(ordered(merged, &patch, &live, None));
    }
    let Some(key) = field.and_then(|field| field.merge_key.as_deref()) else {
        return Err(PatchError::plain("cannot merge lists without merge key for slice"));
    };
    let element = id.and_then(|id| types.get(id).list.as_ref()).map(|list| list.element);
    let (live, patch) = apply_item_directives(live, patch, key)?;
    let mut merged = live.clone();
    for item in &patch {
        let wanted = item.get(key).ok_or_else(|| no_merge_key(item, key))?;
        let known = merged
            .iter_mut()
            .find(|known| known.get(key).is_some_and(|found| json::equal(found, wanted)));
        match (known, item) {
            (Some(Value::Object(known)), Value::Object(item)) => {
                *known = merge_map(std::mem::take(known), item.clone(), types, element)?;
            }
            _ => merged.extend(without_directives(item.clone())),
        }
    }
    if let Some(item) = merged.iter().find(|item| item.get(key).is_none()) {
        return Err(no_merge_key(item, key));
    }
    Ok(ordered(merged, &patch, &live, Some(key)))
}

/// Items that say `$patch`: deletions are done, a replacement empties the live list.
fn apply_item_directives(
    mut live: Vec<Value>,
    patch: Vec<Value>,
    key: &str,
) -> Result<(Vec<Value>, Vec<Value>), PatchError> {
    let mut rest = Vec::with_capacity(patch.len());
    let mut replace = false;
    for item in patch {
        match item.get(DIRECTIVE).map(|directive| directive.as_str().unwrap_or_default()) {
            None => rest.push(item),
            Some("delete") => {
                let gone = item.get(key).ok_or_else(|| no_merge_key(&item, key))?;
                live.retain(|known| !known.get(key).is_some_and(|found| json::equal(found, gone)));
            }
            Some("replace") => replace = true,
            Some("merge") => {
                return Err(PatchError::plain(
                    "merging lists cannot yet be specified in the patch",
                ));
            }
            Some(_) => {
                return Err(unknown_directive(
                    &item[DIRECTIVE],
                    item.as_object().unwrap_or(&Map::new()),
                ));
            }
        }
    }
    Ok(if replace { (rest, Vec::new()) } else { (live, rest) })
}

/// What a patch adds, without its nulls and its directives; none if it is nothing but a directive.
fn without_directives(added: Value) -> Option<Value> {
    match added {
        Value::Object(map) if map.contains_key(DIRECTIVE) => None,
        Value::Object(map) => {
            let kept = map.into_iter().filter(|(_, value)| !value.is_null());
            Some(Value::Object(
                kept.filter_map(|(key, value)| Some((key, without_directives(value)?))).collect(),
            ))
        }
        Value::Array(items) => {
            Some(Value::Array(items.into_iter().filter_map(without_directives).collect()))
        }
        scalar => Some(scalar),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Borrow;

    use serde_json::json;

    use super::*;
    use crate::schema::builtin;

    fn patched(object: impl Borrow<Value>, patch: impl Borrow<Value>) -> Result<Value, PatchError> {
        let types = builtin("v1", "Pod").unwrap();
        strategic(object.borrow(), patch.borrow().to_string().as_bytes(), &types)
    }

    fn pod(containers: &Value) -> Value {
        json!({"spec": {"containers": containers}})
    }

    #[test]
    fn lists_merge_by_their_key_and_lists_without_one_are_replaced() {
        let live = json!({"spec": {"containers": [{"name": "a", "image": "1", "args": ["x"]}, {"name": "b"}], "tolerations": [{"key": "k"}]}});
        let patch = json!({"spec": {"containers": [{"name": "a", "image": "2", "args": ["y"]}, {"name": "c"}], "tolerations": []}});
        assert_eq!(
            patched(live, patch).unwrap(),
            json!({"spec": {"containers": [{"name": "a", "image": "2", "args": ["y"]}, {"name": "c"}, {"name": "b"}], "tolerations": []}})
        );
    }

    #[test]
    fn null_removes_and_directives_delete_and_replace() {
        let live = || pod(&json!([{"name": "a", "image": "1"}, {"name": "b"}]));
        assert_eq!(patched(live(), json!({"spec": null})).unwrap(), json!({}));
        assert_eq!(
            patched(live(), pod(&json!([{"name": "a", "$patch": "delete"}]))).unwrap(),
            pod(&json!([{"name": "b"}]))
        );
        assert_eq!(
            patched(live(), pod(&json!([{"name": "c"}, {"$patch": "replace"}]))).unwrap(),
            pod(&json!([{"name": "c"}]))
        );
        assert_eq!(
            patched(live(), json!({"spec": {"$patch": "replace", "nodeName": "n"}})).unwrap(),
            json!({"spec": {"nodeName": "n"}})
        );
        let error = patched(live(), json!({"spec": {"$patch": "foo"}})).unwrap_err();
        assert_eq!(
            (error.code, &*error.message),
            (500, "unknown patch type: foo in map: map[$patch:foo]")
        );
    }

    #[test]
    fn the_stated_order_wins_and_server_items_stay_beside_their_neighbours() {
        let live = pod(&json!([{"name": "a"}, {"name": "server"}, {"name": "b"}]));
        let patch = json!({"spec": {
            "$setElementOrder/containers": [{"name": "b"}, {"name": "new"}, {"name": "a"}],
            "containers": [{"name": "new", "image": "i"}],
        }});
        assert_eq!(
            patched(live, patch).unwrap(),
            pod(
                &json!([{"name": "server"}, {"name": "b"}, {"name": "new", "image": "i"}, {"name": "a"}])
            )
        );
    }

    #[test]
    fn an_order_that_does_not_list_the_patch_is_refused() {
        let patch = json!({"spec": {"$setElementOrder/containers": [{"name": "z"}], "containers": [{"name": "c", "image": "q"}]}});
        let error = patched(pod(&json!([{"name": "c"}])), patch).unwrap_err();
        assert_eq!(
            (error.code, &*error.message),
            (
                500,
                "The order in patch list:\n[map[image:q name:c]]\n doesn't match $setElementOrder list:\n[map[name:z]]\n"
            )
        );
    }

    #[test]
    fn an_item_without_its_key_is_refused() {
        let error =
            patched(pod(&json!([{"name": "c"}])), pod(&json!([{"image": "x"}]))).unwrap_err();
        assert_eq!(
            (error.code, &*error.message),
            (500, "map: map[image:x] does not contain declared merge key: name")
        );
    }

    #[test]
    fn retained_keys_are_all_that_is_left() {
        let live = json!({"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}});
        let patch = |keys: Value| json!({"spec": {"volumes": [{"name": "v", "$retainKeys": keys, "hostPath": {"path": "/x"}}]}});
        assert_eq!(
            patched(live.clone(), patch(json!(["name", "hostPath"]))).unwrap(),
            json!({"spec": {"volumes": [{"name": "v", "hostPath": {"path": "/x"}}]}})
        );
        for keys in [json!(["name"]), json!("name")] {
            let error = patched(live.clone(), patch(keys)).unwrap_err();
            assert_eq!((error.code, &*error.message), (400, "invalid patch format of retainKeys"));
        }
    }

    #[test]
    fn lists_of_scalars_are_sets_with_deletions() {
        let live = || json!({"metadata": {"finalizers": ["a", "b"]}});
        assert_eq!(
            patched(live(), json!({"metadata": {"finalizers": ["b", "c"]}})).unwrap(),
            json!({"metadata": {"finalizers": ["a", "b", "c"]}})
        );
        let patch = json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "$setElementOrder/finalizers": ["c", "b"], "finalizers": ["c"]}});
        assert_eq!(
            patched(live(), patch).unwrap(),
            json!({"metadata": {"finalizers": ["c", "b"]}})
        );
        let error =
            patched(live(), json!({"metadata": {"$deleteFromPrimitiveList/finalizers": "a"}}))
                .unwrap_err();
        assert_eq!((error.code, &*error.message), (400, "invalid patch format of primitive list"));
    }

    #[test]
    fn nulls_in_what_is_new_are_dropped() {
        assert_eq!(
            patched(
                json!({}),
                json!({"spec": {"nodeName": null, "containers": [{"name": "a", "image": null}]}})
            )
            .unwrap(),
            pod(&json!([{"name": "a"}]))
        );
    }
}
