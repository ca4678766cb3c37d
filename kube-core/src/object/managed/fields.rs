//! Sets of fields as `managedFields` write them: the part of a value that is in one, two of them in one, and whether one is in another.

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

/// Adds what is in the other set.
pub(super) fn add(set: &mut Map<String, Value>, other: &Map<String, Value>) {
    for (member, below) in other {
        let Some(known) = set.get_mut(member) else {
            set.insert(member.clone(), below.clone());
            continue;
        };
        let is_itself = is_itself(known) || is_itself(below);
        if let (Value::Object(known), Value::Object(below)) = (&mut *known, below) {
            add(known, below);
        }
        // Alone an empty set says that the value is in it, beside members it has to be said.
        if is_itself && has_members(known) {
            known[ITSELF] = Map::new().into();
        }
    }
}

/// Whether all of these fields are in the set.
pub(super) fn has(set: &Value, fields: &Value) -> bool {
    let mut members = fields.as_object().into_iter().flatten();
    members.all(|(member, below)| {
        member == ITSELF
            || set
                .get(member)
                .is_some_and(|known| (is_itself(known) || !is_itself(below)) && has(known, below))
    })
}

fn is_itself(set: &Value) -> bool {
    set.get(ITSELF).is_some() || !has_members(set)
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
