//! What a version cannot hold: an object before and after it was there and back in, what is to be kept of it out; and the same in again, when
//! the object comes back.
//!
//! Promises:
//! - What nobody changed meanwhile comes back as it was.
//! - What was changed meanwhile stays as it was changed to; that is decided field by field, key by key, and in a list whose items have keys
//!   item by item. Any other list is one value, unless it has as many items as before: then each item that is as it was shown comes back.

use serde::Deserialize;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;

/// Parts of an object: as they were, and as they would have come back without this.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    was: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shown: Option<Value>,
}

impl Kept {
    /// What of `was` is not in `shown`, or is otherwise there; nothing if they are the same.
    pub(super) fn between(was: &Value, shown: &Value) -> Option<Self> {
        let (was, shown) = difference(Some(was), Some(shown))?;
        Some(Self { was, shown })
    }

    /// Gives back what nobody changed.
    pub(super) fn restore(&self, now: Value, schema: &Value) -> Value {
        let Self { was, shown } = self;
        merged(was.as_ref(), shown.as_ref(), Some(&now), schema).unwrap_or(now)
    }
}

/// The same number may be written in two ways.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => one == other,
    }
}

fn equal(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => same(one, other),
        _ => false,
    }
}

/// Of objects only the members that are different.
fn difference(
    was: Option<&Value>,
    shown: Option<&Value>,
) -> Option<(Option<Value>, Option<Value>)> {
    if equal(was, shown) {
        return None;
    }
    let (Some(Value::Object(before)), Some(Value::Object(after))) = (was, shown) else {
        return Some((was.cloned(), shown.cloned()));
    };
    let (mut was, mut shown) = (Map::new(), Map::new());
    for name in names(before, after) {
        if let Some((old, new)) = difference(before.get(name), after.get(name)) {
            was.extend(old.map(|old| (name.clone(), old)));
            shown.extend(new.map(|new| (name.clone(), new)));
        }
    }
    Some((Some(Value::Object(was)), Some(Value::Object(shown))))
}

fn names<'a>(one: &'a Map<String, Value>, other: &'a Map<String, Value>) -> Vec<&'a String> {
    let more = other.keys().filter(|name| !one.contains_key(*name));
    one.keys().chain(more).collect()
}

fn merged(
    was: Option<&Value>,
    shown: Option<&Value>,
    now: Option<&Value>,
    schema: &Value,
) -> Option<Value> {
    if equal(shown, now) {
        return was.cloned();
    }
    match (was, shown, now) {
        (Some(Value::Object(was)), Some(Value::Object(shown)), Some(Value::Object(now))) => {
            let mut whole = now.clone();
            for name in names(was, shown) {
                let below = schema["properties"].get(name.as_str());
                let below = below.unwrap_or(&schema["additionalProperties"]);
                match merged(was.get(name), shown.get(name), now.get(name), below) {
                    Some(value) => _ = whole.insert(name.clone(), value),
                    None => _ = whole.remove(name),
                }
            }
            Some(Value::Object(whole))
        }
        (Some(Value::Array(was)), Some(Value::Array(shown)), Some(Value::Array(now))) => {
            let keys = schema["x-kubernetes-list-map-keys"].as_array();
            let keys: Vec<&str> = keys.into_iter().flatten().filter_map(Value::as_str).collect();
            Some(Value::Array(match keys.is_empty() {
                true => by_place(was, shown, now),
                false => by_key(was, shown, now, &keys, &schema["items"]),
            }))
        }
        _ => now.cloned(),
    }
}

/// Each item that is still as one of those that were shown is what that one was; each of them once.
fn by_place(was: &[Value], shown: &[Value], now: &[Value]) -> Vec<Value> {
    if was.len() != shown.len() {
        return now.to_vec();
    }
    let mut left: Vec<_> = was.iter().zip(shown).collect();
    let back = |item: &Value| match left.iter().position(|(_, shown)| same(shown, item)) {
        Some(place) => left.remove(place).0.clone(),
        None => item.clone(),
    };
    now.iter().map(back).collect()
}

fn by_key(
    was: &[Value],
    shown: &[Value],
    now: &[Value],
    keys: &[&str],
    schema: &Value,
) -> Vec<Value> {
    // A key that is left out has its default.
    let value = |item: &Value, key: &str| match item.get(key) {
        Some(value) => value.clone(),
        None => schema["properties"][key]["default"].clone(),
    };
    let is = |one: &Value, other: &Value| {
        keys.iter().all(|key| same(&value(one, key), &value(other, key)))
    };
    let find = |items: &'_ [Value], item: &Value| items.iter().position(|other| is(item, other));
    let at = |items: &[Value], item: &Value| find(items, item).map(|place| items[place].clone());
    let mut whole = Vec::with_capacity(now.len());
    for item in now {
        let (was, shown) = (at(was, item), at(shown, item));
        whole.extend(merged(was.as_ref(), shown.as_ref(), Some(item), schema));
    }
    let lost = |item: &&Value| find(shown, item).is_none() && find(now, item).is_none();
    whole.extend(was.iter().filter(lost).cloned());
    whole
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What comes back of `was`, which was shown as `shown` and then changed to `now`.
    fn back(was: &Value, shown: &Value, now: &Value) -> Value {
        let schema = json!({ "properties": { "ports": {
            "x-kubernetes-list-map-keys": ["name"],
            "items": { "properties": { "name": {} } },
        } } });
        let kept = Kept::between(was, shown).expect("they differ");
        let kept: Kept = serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
        kept.restore(now.clone(), &schema)
    }

    #[test]
    fn what_nobody_changed_comes_back_as_it_was() {
        for (was, shown) in [
            (json!({ "a": 1, "b": 2 }), json!({ "a": 1 })),
            (json!({ "a": 1 }), json!({ "a": 1, "b": [] })),
            (json!({ "a": { "b": { "c": 1, "d": 2 } } }), json!({ "a": { "b": { "c": 1 } } })),
            (json!({ "list": [1, 2, 3] }), json!({ "list": [1] })),
            (
                json!({ "ports": [{ "name": "b", "x": 1 }, { "name": "a" }] }),
                json!({ "ports": [{ "name": "a" }] }),
            ),
            (json!({ "a": null }), json!({})),
            (json!({ "a": { "b": 1 } }), json!({ "a": "b" })),
        ] {
            assert_eq!(back(&was, &shown, &shown), was);
        }
        assert_eq!(Kept::between(&json!({ "a": 1 }), &json!({ "a": 1.0 })), None);
    }

    #[test]
    fn what_was_changed_meanwhile_stays_and_the_rest_comes_back() {
        for (was, shown, now, expected) in [
            // Another field.
            (
                json!({ "a": 1, "lost": 2 }),
                json!({ "a": 1 }),
                json!({ "a": 7 }),
                json!({ "a": 7, "lost": 2 }),
            ),
            // The same field: what was kept of it is over.
            (
                json!({ "size": 15, "lost": 2 }),
                json!({ "size": 10 }),
                json!({ "size": 20 }),
                json!({ "size": 20, "lost": 2 }),
            ),
            // The field is gone.
            (json!({ "size": 15 }), json!({ "size": 10 }), json!({}), json!({})),
            // Within a map, key by key.
            (
                json!({ "map": { "a": { "x": 1, "y": 1 }, "b": { "x": 2, "y": 2 } } }),
                json!({ "map": { "a": { "x": 1 }, "b": { "x": 2 } } }),
                json!({ "map": { "a": { "x": 9 }, "c": {} } }),
                json!({ "map": { "a": { "x": 9, "y": 1 }, "c": {} } }),
            ),
        ] {
            assert_eq!(back(&was, &shown, &now), expected);
        }
    }

    #[test]
    fn items_with_keys_are_told_apart_wherever_they_went() {
        let was = json!({ "ports": [{ "name": "a", "x": 1 }, { "name": "b", "x": 2 }, { "name": "c", "x": 3 }] });
        let shown = json!({ "ports": [{ "name": "a" }, { "name": "b" }] });
        let now = json!({ "ports": [{ "name": "new" }, { "name": "b", "y": 1 }] });
        let expected = json!({ "ports": [{ "name": "new" }, { "name": "b", "x": 2, "y": 1 }, { "name": "c", "x": 3 }] });
        assert_eq!(back(&was, &shown, &now), expected, "`a` was removed, `c` never seen");
    }

    #[test]
    fn of_a_list_without_keys_an_item_comes_back_where_it_is_as_it_was_shown() {
        let was = json!({ "list": [{ "v": 1, "x": 1 }, { "v": 2, "x": 2 }] });
        let shown = json!({ "list": [{ "v": 1 }, { "v": 2 }] });
        let now = json!({ "list": [{ "v": 2 }, { "v": 3 }, { "v": 2 }] });
        let expected = json!({ "list": [{ "v": 2, "x": 2 }, { "v": 3 }, { "v": 2 }] });
        assert_eq!(back(&was, &shown, &now), expected);
        let (was, shown) = (json!({ "list": ["a", "b"] }), json!({ "list": ["a"] }));
        let now = json!({ "list": ["c"] });
        assert_eq!(back(&was, &shown, &now), now, "it is one value");
    }
}
