//! Two objects of one type: which fields the second one removes, modifies, adds. And an object without some of its fields.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::path::PathElement;
use super::set::Set;
use super::typed::{Shape, item_element, shape};
use crate::json;
use crate::schema::{List, Relation, StructMap, Type, TypeId, Types};

/// What the second of two objects does to the fields of the first.
#[derive(Debug, Clone, Default)]
pub(super) struct Comparison {
    pub(super) removed: Set,
    pub(super) modified: Set,
    pub(super) added: Set,
}

impl Comparison {
    /// Compares two objects.
    ///
    /// # Errors
    /// A list item that nothing can name.
    pub(super) fn of(types: &Types, left: &Value, right: &Value) -> Result<Self, String> {
        let mut walk = Walk { types, path: Vec::new(), found: Self::default() };
        walk.compare(types.root(), Some(left), Some(right))?;
        Ok(walk.found)
    }

    /// Without the fields of the set and all that is below them.
    pub(super) fn without(self, ignored: &Set) -> Self {
        if ignored.is_empty() {
            return self;
        }
        Self {
            removed: self.removed.recursive_difference(ignored),
            modified: self.modified.recursive_difference(ignored),
            added: self.added.recursive_difference(ignored),
        }
    }
}

struct Walk<'a> {
    types: &'a Types,
    path: Vec<PathElement>,
    found: Comparison,
}

impl Walk<'_> {
    fn compare(
        &mut self,
        id: TypeId,
        left: Option<&Value>,
        right: Option<&Value>,
    ) -> Result<(), String> {
        let node = self.types.get(id);
        let mut leaf = false;
        // Two values of different shapes are walked once as each.
        if let (Some(left_value), Some(right_value)) = (left, right)
            && fits(node, left_value) != fits(node, right_value)
        {
            self.walk(node, left, left, right)?;
        }
        leaf |= self.walk(node, right.or(left), left, right)?;
        if !leaf {
            if left.is_none() {
                self.found.added.insert(&self.path);
            } else if right.is_none() {
                self.found.removed.insert(&self.path);
            }
        }
        Ok(())
    }

    /// Walks the values as what `like` is; true if they were compared as one.
    fn walk(
        &mut self,
        node: &Type,
        like: Option<&Value>,
        left: Option<&Value>,
        right: Option<&Value>,
    ) -> Result<bool, String> {
        match shape(node, like) {
            Shape::Map(map) => {
                let (lefts, rights) =
                    (left.and_then(Value::as_object), right.and_then(Value::as_object));
                let nothing = lefts.is_none_or(Map::is_empty) && rights.is_none_or(Map::is_empty);
                if map.atomic || nothing {
                    self.leaf(left, right);
                    return Ok(true);
                }
                self.compare_entries(map, lefts, rights)?;
                Ok(false)
            }
            Shape::List(list) => {
                let (lefts, rights) =
                    (left.and_then(Value::as_array), right.and_then(Value::as_array));
                let nothing = lefts.is_none_or(Vec::is_empty) && rights.is_none_or(Vec::is_empty);
                if list.relation == Relation::Atomic || nothing {
                    self.leaf(left, right);
                    return Ok(true);
                }
                self.compare_items(
                    list,
                    lefts.map_or(&[], Vec::as_slice),
                    rights.map_or(&[], Vec::as_slice),
                )?;
                Ok(false)
            }
            Shape::Scalar(_) | Shape::Nothing => {
                self.leaf(left, right);
                Ok(true)
            }
        }
    }

    fn leaf(&mut self, left: Option<&Value>, right: Option<&Value>) {
        match (left, right) {
            (None, _) => self.found.added.insert(&self.path),
            (_, None) => self.found.removed.insert(&self.path),
            (Some(left), Some(right)) if !json::equal(left, right) => {
                self.found.modified.insert(&self.path)
            }
            _ => {}
        }
    }

    fn compare_entries(
        &mut self,
        map: &StructMap,
        lefts: Option<&Map<String, Value>>,
        rights: Option<&Map<String, Value>>,
    ) -> Result<(), String> {
        let keys: BTreeSet<&String> = lefts.into_iter().chain(rights).flat_map(Map::keys).collect();
        for key in keys {
            let (left, right) =
                (lefts.and_then(|map| map.get(key)), rights.and_then(|map| map.get(key)));
            // Most of an object stays as it is.
            if left == right {
                continue;
            }
            self.path.push(PathElement::Field(key.as_str().into()));
            self.compare(map.type_of(key).unwrap_or(Types::DEDUCED), left, right)?;
            self.path.pop();
        }
        Ok(())
    }

    fn compare_items(
        &mut self,
        list: &List,
        lefts: &[Value],
        rights: &[Value],
    ) -> Result<(), String> {
        let mut items: BTreeMap<PathElement, (Vec<&Value>, Vec<&Value>)> = BTreeMap::new();
        for (index, item) in lefts.iter().enumerate() {
            let element = item_element(self.types, list, item)
                .map_err(|text| format!("element {index}: {text}"))?;
            items.entry(element).or_default().0.push(item);
        }
        for (index, item) in rights.iter().enumerate() {
            let element = item_element(self.types, list, item)
                .map_err(|text| format!("element {index}: {text}"))?;
            items.entry(element).or_default().1.push(item);
        }
        for (element, (lefts, rights)) in items {
            self.path.push(element);
            match (&lefts[..], &rights[..]) {
                ([] | [_], [] | [_]) => {
                    self.compare(list.element, lefts.first().copied(), rights.first().copied())?;
                }
                // Items that are there twice are one value.
                ([_, _, ..], [_, _, ..]) => {
                    let same = lefts.len() == rights.len()
                        && lefts.iter().zip(&rights).all(|(left, right)| json::equal(left, right));
                    if !same {
                        self.found.modified.insert(&self.path);
                    }
                }
                ([_, _, ..], rest) => {
                    if let Some(right) = rest.first() {
                        self.compare(list.element, None, Some(right))?;
                    }
                    self.found.removed.insert(&self.path);
                }
                (rest, [_, _, ..]) => {
                    if let Some(left) = rest.first() {
                        self.compare(list.element, Some(left), None)?;
                    }
                    self.found.added.insert(&self.path);
                }
            }
            self.path.pop();
        }
        Ok(())
    }
}

/// Which single part of a type a value fits; none: it may be any of them.
fn fits(node: &Type, value: &Value) -> Option<u8> {
    let parts = [node.map.is_some(), node.scalar.is_some(), node.list.is_some()];
    if parts.iter().filter(|part| **part).count() < 2 {
        return Some(0);
    }
    match value {
        Value::Object(_) if parts[0] => Some(1),
        Value::Bool(_) | Value::Number(_) | Value::String(_) if parts[1] => Some(2),
        Value::Array(_) if parts[2] => Some(3),
        _ => None,
    }
}

/// The object without the fields of the set. A container that loses all it had becomes null, as does one value of which a part is to go.
pub(super) fn removed(types: &Types, object: &Value, set: &Set) -> Value {
    if set.is_empty() { object.clone() } else { remove(types, types.root(), object, set) }
}

fn remove(types: &Types, id: TypeId, value: &Value, set: &Set) -> Value {
    let below = |of: TypeId, element: &PathElement, value: &Value| match set.below(element) {
        Some(set) => remove(types, of, value, set),
        None => value.clone(),
    };
    match (shape(types.get(id), Some(value)), value) {
        (Shape::Scalar(_), _) => value.clone(),
        (Shape::List(list), Value::Array(items)) if list.relation != Relation::Atomic => {
            let mut rest = Vec::with_capacity(items.len());
            for item in items {
                match item_element(types, list, item) {
                    Ok(element) if set.has_member(&element) => {}
                    Ok(element) => rest.push(below(list.element, &element, item)),
                    Err(_) => rest.push(item.clone()),
                }
            }
            if rest.is_empty() { Value::Null } else { Value::Array(rest) }
        }
        (Shape::Map(map), Value::Object(object)) if !map.atomic => {
            let mut rest = Map::new();
            for (key, value) in object {
                let element = PathElement::Field(key.as_str().into());
                if !set.has_member(&element) {
                    let of = map.type_of(key).unwrap_or(Types::DEDUCED);
                    rest.insert(key.clone(), below(of, &element, value));
                }
            }
            if rest.is_empty() { Value::Null } else { Value::Object(rest) }
        }
        _ => Value::Null,
    }
}
