//! A value and a set of fields as `managedFields` write it in; the part of the value that is in the set out.

use serde_json::Map;
use serde_json::Value;

/// What says that a value is in the set itself, and not only what is below it.
const ITSELF: &str = ".";

/// The part of `value` that is in `set`; `others` are what is owned by others at the same place.
pub(super) fn owned(value: &Value, set: &Value, others: &[&Value]) -> Value {
    let members = set.as_object().into_iter().flatten();
    match value {
        Value::Object(object) => {
            let mut part = Map::new();
            for (member, below) in members {
                let Some(field) = member.strip_prefix("f:") else { continue };
                if let Some(value) = object.get(field) {
                    part.insert(field.to_owned(), in_set(value, below, &at(others, member)));
                }
            }
            part.into()
        }
        Value::Array(items) => {
            let members: Vec<_> = members.collect();
            let mut part = Vec::new();
            for (index, item) in items.iter().enumerate() {
                let found = members.iter().find_map(|(member, below)| {
                    Some((Item::of(member, item, index)?, *member, *below))
                });
                if let Some((how, member, below)) = found {
                    part.push(how.part(item, below, &at(others, member)));
                }
            }
            part.into()
        }
        other => other.clone(),
    }
}

/// How a set names an item of a list.
enum Item {
    /// By its place, or by all of it.
    Whole,
    /// By some of its fields.
    Keyed(Map<String, Value>),
}

impl Item {
    /// Of this member, if it is this item.
    fn of(member: &str, item: &Value, index: usize) -> Option<Self> {
        let (how, text) = member.split_once(':')?;
        match how {
            "i" => (text.parse() == Ok(index)).then_some(Self::Whole),
            "v" => (serde_json::from_str::<Value>(text).ok()? == *item).then_some(Self::Whole),
            "k" => {
                let keys: Map<String, Value> = serde_json::from_str(text).ok()?;
                let is = keys.iter().all(|(key, value)| item.get(key) == Some(value));
                is.then_some(Self::Keyed(keys))
            }
            _ => None,
        }
    }

    fn part(self, item: &Value, below: &Value, others: &[&Value]) -> Value {
        let mut part = in_set(item, below, others);
        // Without its keys nobody knows which item it is.
        if let (Self::Keyed(keys), Some(part)) = (self, part.as_object_mut()) {
            part.extend(keys);
        }
        part
    }
}

/// What of a value is ours that is named by the set above.
fn in_set(value: &Value, below: &Value, others: &[&Value]) -> Value {
    if has_members(below) {
        return owned(value, below, others);
    }
    let is_itself = below.get(ITSELF).is_some();
    let is_shared = is_itself || others.iter().any(|other| has_members(other));
    match value {
        // Its members have owners of their own: what is ours is that it is there.
        Value::Object(_) if is_shared => Map::new().into(),
        Value::Array(_) if is_shared => Vec::<Value>::new().into(),
        whole => whole.clone(),
    }
}

fn has_members(set: &Value) -> bool {
    set.as_object().is_some_and(|set| set.keys().any(|member| member != ITSELF))
}

fn at<'a>(sets: &[&'a Value], member: &str) -> Vec<&'a Value> {
    sets.iter().filter_map(|set| set.get(member)).collect()
}
