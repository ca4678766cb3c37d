//! Two objects of one type: the union of both, where the second one wins.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value};

use super::path::PathElement;
use super::typed::{Shape, item_element, shape};
use crate::schema::{List, Relation, TypeId, Types};

/// Merges what is applied into what is there. Nothing is removed by it.
pub(super) fn merged(types: &Types, live: &Value, applied: &Value) -> Value {
    merge(types, types.root(), Some(live), Some(applied)).unwrap_or(Value::Null)
}

/// None: there is nothing left to say of it.
fn merge(types: &Types, id: TypeId, left: Option<&Value>, right: Option<&Value>) -> Option<Value> {
    let leaf = || right.or(left).cloned();
    match shape(types.get(id), right.or(left)) {
        Shape::Map(map) => {
            let (lefts, rights) =
                (left.and_then(Value::as_object), right.and_then(Value::as_object));
            let nothing = lefts.is_none_or(Map::is_empty) && rights.is_none_or(Map::is_empty);
            // Two empties are a leaf, so that an empty map and a null stay apart.
            if map.atomic || nothing {
                return leaf();
            }
            let keys: BTreeSet<&String> =
                lefts.into_iter().chain(rights).flat_map(Map::keys).collect();
            let mut out = Map::new();
            for key in keys {
                let of = map.type_of(key).unwrap_or(Types::DEDUCED);
                let item = merge(
                    types,
                    of,
                    lefts.and_then(|map| map.get(key)),
                    rights.and_then(|map| map.get(key)),
                );
                out.extend(item.map(|item| (key.clone(), item)));
            }
            (!out.is_empty()).then_some(Value::Object(out))
        }
        Shape::List(list) => {
            let items = |side: Option<&Value>| {
                side.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().to_vec()
            };
            let (lefts, rights) = (items(left), items(right));
            if list.relation == Relation::Atomic || (lefts.is_empty() && rights.is_empty()) {
                return leaf();
            }
            let out = merge_items(types, list, &lefts, &rights);
            (!out.is_empty()).then_some(Value::Array(out))
        }
        Shape::Scalar(_) | Shape::Nothing => leaf(),
    }
}

/// The items of one side with what names them. An item that is there twice is not merged with the other side's.
struct Side<'a> {
    elements: Vec<(PathElement, &'a Value)>,
    single: BTreeMap<PathElement, Option<&'a Value>>,
}

impl<'a> Side<'a> {
    fn of(types: &Types, list: &List, items: &'a [Value]) -> Self {
        let mut side = Self { elements: Vec::with_capacity(items.len()), single: BTreeMap::new() };
        for item in items {
            let Ok(element) = item_element(types, list, item) else { continue };
            side.single
                .entry(element.clone())
                .and_modify(|single| *single = None)
                .or_insert(Some(item));
            side.elements.push((element, item));
        }
        side
    }

    fn has(&self, element: &PathElement) -> bool {
        self.single.contains_key(element)
    }

    fn get(&self, element: &PathElement) -> Option<&'a Value> {
        self.single.get(element).copied().flatten()
    }
}

/// Items keep the order of the applied list; what only the live list has stays beside its neighbours.
fn merge_items(types: &Types, list: &List, lefts: &[Value], rights: &[Value]) -> Vec<Value> {
    let left = Side::of(types, list, lefts);
    let right = Side::of(types, list, rights);
    let mut shared: VecDeque<&PathElement> = right
        .elements
        .iter()
        .map(|(element, _)| element)
        .filter(|element| left.has(element))
        .collect();
    let mut next = shared.pop_front();
    let mut done: BTreeSet<&PathElement> = BTreeSet::new();
    let mut out = Vec::with_capacity(lefts.len().max(rights.len()));
    let (mut at_left, mut at_right) = (0, 0);
    while at_left < left.elements.len() || at_right < right.elements.len() {
        let ours = left.elements.get(at_left);
        let theirs = right.elements.get(at_right);
        if let (Some((ours, _)), Some((theirs, _))) = (ours, theirs) {
            if ours == theirs {
                done.insert(theirs);
                out.extend(merge(types, list.element, left.get(ours), right.get(ours)));
                at_left += 1;
                at_right += 1;
                next = shared.pop_front();
                continue;
            }
            if right.has(ours) && next.is_some_and(|next| next != ours) {
                // It is shared, but its turn comes later.
                at_left += 1;
                continue;
            }
        }
        if let Some((ours, item)) = ours {
            if !right.has(ours) {
                out.extend(merge(types, list.element, Some(item), None));
                at_left += 1;
                continue;
            }
            if done.contains(ours) {
                at_left += 1;
            }
        }
        if let Some((theirs, _)) = theirs {
            done.insert(theirs);
            out.extend(merge(types, list.element, left.get(theirs), right.get(theirs)));
            at_right += 1;
            if next == Some(theirs) {
                next = shared.pop_front();
            }
        }
    }
    out
}
