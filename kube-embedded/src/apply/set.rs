//! A set of fields, as a trie of path elements; to and from `fieldsV1`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::path::PathElement;
use crate::schema::{TypeId, Types};

/// A set of fields. That a field is in it says nothing of its parent or its children.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Set {
    members: BTreeSet<PathElement>,
    /// Never empty below.
    children: BTreeMap<PathElement, Self>,
}

impl Set {
    /// The set of these fields of structs.
    pub(super) fn of_fields(paths: &[&[&str]]) -> Self {
        let mut set = Self::default();
        for path in paths {
            let path: Vec<PathElement> =
                path.iter().map(|name| PathElement::Field((*name).into())).collect();
            set.insert(&path);
        }
        set
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.children.is_empty()
    }

    /// Adds the field at this path; the object itself (an empty path) is never in a set.
    pub(super) fn insert(&mut self, path: &[PathElement]) {
        match path {
            [] => {}
            [last] => {
                self.members.insert(last.clone());
            }
            [first, rest @ ..] => self.children.entry(first.clone()).or_default().insert(rest),
        }
    }

    /// Adds an element of this level, and what is owned below it.
    pub(super) fn add(&mut self, element: PathElement, own: bool, below: Self) {
        if !below.is_empty() {
            if own {
                self.members.insert(element.clone());
            }
            self.children.insert(element, below);
        } else if own {
            self.members.insert(element);
        }
    }

    pub(super) fn has(&self, path: &[PathElement]) -> bool {
        match path {
            [] => false,
            [last] => self.members.contains(last),
            [first, rest @ ..] => self.children.get(first).is_some_and(|set| set.has(rest)),
        }
    }

    pub(super) fn has_member(&self, element: &PathElement) -> bool {
        self.members.contains(element)
    }

    pub(super) fn below(&self, element: &PathElement) -> Option<&Self> {
        self.children.get(element)
    }

    /// The elements of this level, members or not.
    pub(super) fn elements(&self) -> BTreeSet<&PathElement> {
        self.members.iter().chain(self.children.keys()).collect()
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        let mut union = self.clone();
        union.members.extend(other.members.iter().cloned());
        for (element, set) in &other.children {
            let below = union.children.entry(element.clone()).or_default();
            *below = below.union(set);
        }
        union
    }

    pub(super) fn intersection(&self, other: &Self) -> Self {
        let below = |(element, set): (&PathElement, &Self)| {
            let common = set.intersection(other.children.get(element)?);
            (!common.is_empty()).then(|| (element.clone(), common))
        };
        Self {
            members: self.members.intersection(&other.members).cloned().collect(),
            children: self.children.iter().filter_map(below).collect(),
        }
    }

    /// Without the fields of the other; what is below a removed field stays.
    pub(super) fn difference(&self, other: &Self) -> Self {
        self.subtract(other, false)
    }

    /// Without the fields of the other and all that is below them.
    pub(super) fn recursive_difference(&self, other: &Self) -> Self {
        self.subtract(other, true)
    }

    fn subtract(&self, other: &Self, recursive: bool) -> Self {
        let below = |(element, set): (&PathElement, &Self)| {
            if recursive && other.members.contains(element) {
                return None;
            }
            let rest = match other.children.get(element) {
                Some(other) => set.subtract(other, recursive),
                None => set.clone(),
            };
            (!rest.is_empty()).then(|| (element.clone(), rest))
        };
        Self {
            members: self.members.difference(&other.members).cloned().collect(),
            children: self.children.iter().filter_map(below).collect(),
        }
    }

    /// With every declared field of a struct that has something owned below it.
    pub(super) fn with_named_fields(&self, types: &Types, id: TypeId) -> Self {
        let node = types.get(id);
        let mut members = self.members.clone();
        let mut children = BTreeMap::new();
        for (element, set) in &self.children {
            let mut of = node.list.as_ref().map(|list| list.element);
            if let (PathElement::Field(name), Some(map)) = (element, &node.map) {
                if map.fields.contains_key(name) {
                    members.insert(element.clone());
                }
                of = map.type_of(name);
            }
            let below = of.map_or_else(|| set.clone(), |id| set.with_named_fields(types, id));
            children.insert(element.clone(), below);
        }
        Self { members, children }
    }

    /// Every path: a level's members first, then what is below each element.
    pub(super) fn paths(&self) -> Vec<Vec<PathElement>> {
        let mut paths: Vec<Vec<PathElement>> =
            self.members.iter().map(|element| vec![element.clone()]).collect();
        for (element, set) in &self.children {
            for below in set.paths() {
                paths.push(std::iter::once(element.clone()).chain(below).collect());
            }
        }
        paths
    }

    /// The set as `fieldsV1`.
    pub(super) fn encode(&self) -> Value {
        let mut object = Map::new();
        for element in self.elements() {
            let mut value =
                self.children.get(element).map_or_else(|| Value::Object(Map::new()), Self::encode);
            if self.members.contains(element) && self.children.contains_key(element) {
                value["."] = Value::Object(Map::new());
            }
            object.insert(element.encoded(), value);
        }
        Value::Object(object)
    }

    /// Reads `fieldsV1`; steps of an unknown sort are dropped.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn decode(fields: &Value) -> Result<Self, String> {
        let Value::Object(fields) = fields else {
            return Err("fieldsV1 is not an object".into());
        };
        let mut set = Self::default();
        for (text, below) in fields.iter().filter(|(text, _)| *text != ".") {
            let Some(element) = PathElement::decode(text)? else { continue };
            let own = below.get(".").is_some();
            let below = Self::decode(below)?;
            set.add(element, own || below.is_empty(), below);
        }
        Ok(set)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(fields: &Value) -> Set {
        Set::decode(fields).unwrap()
    }

    #[test]
    fn fields_survive_the_way_there_and_back_and_unknown_steps_are_dropped() {
        let fields = json!({"f:a": {".": {}, "f:b": {}, "k:{\"n\":\"x\"}": {".": {}, "v:1": {}}}, "i:3": {}});
        assert_eq!(set(&fields).encode(), fields);
        assert_eq!(set(&json!({"z:foo": {}, "f:a": {}})).encode(), json!({"f:a": {}}));
        assert!(Set::decode(&json!({"f": {}})).is_err());
        assert!(Set::decode(&json!({"f:a": 1})).is_err());
        assert!(Set::decode(&json!({"fa": {}})).is_err());
    }

    #[test]
    fn parents_and_children_are_apart_in_differences() {
        let all = set(&json!({"f:a": {".": {}, "f:b": {}, "f:c": {}}}));
        assert_eq!(
            all.difference(&set(&json!({"f:a": {}}))).encode(),
            json!({"f:a": {"f:b": {}, "f:c": {}}})
        );
        assert_eq!(
            all.difference(&set(&json!({"f:a": {"f:b": {}}}))).encode(),
            json!({"f:a": {".": {}, "f:c": {}}})
        );
        assert!(all.recursive_difference(&set(&json!({"f:a": {}}))).is_empty());
        assert_eq!(
            all.intersection(&set(&json!({"f:a": {"f:b": {}, "f:d": {}}, "f:e": {}}))).encode(),
            json!({"f:a": {"f:b": {}}})
        );
        assert_eq!(
            set(&json!({"f:a": {}})).union(&set(&json!({"f:a": {"f:b": {}}}))).encode(),
            json!({"f:a": {".": {}, "f:b": {}}})
        );
    }
}
