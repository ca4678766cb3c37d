//! A value against its type: its shape, its mistakes, the fields it sets, and what tells its list items apart.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::path::PathElement;
use super::set::Set;
use crate::json;
use crate::schema::{List, Relation, Scalar, StructMap, Type, TypeId, Types};

/// How a value is walked.
pub(super) enum Shape<'a> {
    Map(&'a StructMap),
    Scalar(Scalar),
    List(&'a List),
    Nothing,
}

/// The part of a type that fits a value; of null and of what fits nothing, the first part there is.
pub(super) fn shape<'a>(node: &'a Type, value: Option<&Value>) -> Shape<'a> {
    match (value, node) {
        (
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_)),
            Type { scalar: Some(scalar), .. },
        ) => Shape::Scalar(*scalar),
        (Some(Value::Array(_)), Type { list: Some(list), .. }) => Shape::List(list),
        (_, Type { map: Some(map), .. }) => Shape::Map(map),
        (_, Type { scalar: Some(scalar), .. }) => Shape::Scalar(*scalar),
        (_, Type { list: Some(list), .. }) => Shape::List(list),
        _ => Shape::Nothing,
    }
}

/// The element of a path that names this list item.
///
/// # Errors
/// Why nothing can name it.
pub(super) fn item_element(
    types: &Types,
    list: &List,
    item: &Value,
) -> Result<PathElement, String> {
    match &list.relation {
        Relation::Keys(keys) => keyed_element(types, list, keys, item),
        Relation::Set => match item {
            Value::Object(_) => {
                Err("associative list without keys has an element that's a map type".into())
            }
            Value::Array(_) => Err("not supported: associative list with lists as elements".into()),
            Value::Null => {
                Err("associative list without keys has an element that's an explicit null".into())
            }
            scalar => Ok(PathElement::Item(scalar.clone())),
        },
        _ => Err("invalid indexing of non-associative list".into()),
    }
}

fn keyed_element(
    types: &Types,
    list: &List,
    keys: &[String],
    item: &Value,
) -> Result<PathElement, String> {
    let Value::Object(item) = item else {
        let what = if item.is_null() { "a null element" } else { "non-map elements" };
        return Err(format!("associative list with keys may not have {what}"));
    };
    let declared = types.get(list.element).map.as_ref();
    let mut found: Vec<(Box<str>, Value)> = Vec::with_capacity(keys.len());
    for key in keys {
        let default = || {
            declared.and_then(|map| map.fields.get(&**key)).and_then(|field| field.default.as_ref())
        };
        if let Some(value) = item.get(key).or_else(default) {
            found.push((key.as_str().into(), value.clone()));
        }
    }
    if found.is_empty() {
        let keys: Vec<String> = keys.iter().map(|key| json::quoted(key)).collect();
        return Err(format!(
            "associative list with keys has an element that omits all key fields [{}] (and doesn't have default values for any key fields)",
            keys.join(" ")
        ));
    }
    found.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(PathElement::Key(found))
}

/// A mistake: the path as messages print it, and what is wrong there.
pub(super) struct Mistake(String, String);

/// All mistakes as one text.
pub(super) fn mistakes_text(mistakes: &[Mistake]) -> String {
    let mut texts =
        mistakes.iter().map(
            |Mistake(path, text)| {
                if path.is_empty() { text.clone() } else { format!("{path}: {text}") }
            },
        );
    match mistakes {
        [_] => texts.next().unwrap_or_default(),
        _ => std::iter::once("errors:".to_owned())
            .chain(texts.map(|text| format!("  {text}")))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

/// Finds where a value is not of its type.
pub(super) fn validate(types: &Types, value: &Value, duplicates_allowed: bool) -> Vec<Mistake> {
    let mut checker = Checker { types, duplicates_allowed, mistakes: Vec::new() };
    checker.check(types.root(), value, "");
    checker.mistakes
}

struct Checker<'a> {
    types: &'a Types,
    duplicates_allowed: bool,
    mistakes: Vec<Mistake>,
}

impl Checker<'_> {
    fn fail(&mut self, path: &str, text: impl Into<String>) {
        self.mistakes.push(Mistake(path.into(), text.into()));
    }

    fn check(&mut self, id: TypeId, value: &Value, path: &str) {
        match (shape(self.types.get(id), Some(value)), value) {
            (_, Value::Null) => {}
            (Shape::Map(map), Value::Object(object)) => {
                for (key, value) in object {
                    let below = format!("{path}.{key}");
                    match map.type_of(key) {
                        Some(id) => self.check(id, value, &below),
                        None => return self.fail(&below, "field not declared in schema"),
                    }
                }
            }
            (Shape::Map(_), other) => {
                self.fail(path, format!("expected map, got &{{{}}}", json::go_value(other)))
            }
            (Shape::List(list), Value::Array(items)) => self.check_items(list, items, path),
            (Shape::List(_), other) => {
                self.fail(path, format!("expected list, got &{{{}}}", json::go_value(other)))
            }
            (Shape::Scalar(scalar), value) => {
                if let Some(text) = scalar_mistake(scalar, value) {
                    self.fail(path, text);
                }
            }
            (Shape::Nothing, _) => self.fail(path, "schema error: invalid atom: inlined"),
        }
    }

    fn check_items(&mut self, list: &List, items: &[Value], path: &str) {
        let mut seen = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            let element = if list.relation == Relation::Atomic {
                PathElement::Index(i64::try_from(index).unwrap_or(i64::MAX))
            } else {
                match item_element(self.types, list, item) {
                    Ok(element) => element,
                    Err(text) => return self.fail(path, format!("element {index}: {text}")),
                }
            };
            let below = format!("{path}{element}");
            if list.relation != Relation::Atomic
                && seen.contains(&element)
                && !self.duplicates_allowed
            {
                self.fail(path, format!("duplicate entries for key {element}"));
            }
            seen.insert(element);
            self.check(list.element, item, &below);
        }
    }
}

fn scalar_mistake(scalar: Scalar, value: &Value) -> Option<String> {
    let go_type = match value {
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::Null => "<nil>",
    };
    match scalar {
        Scalar::Numeric if !value.is_number() => {
            Some(format!("expected numeric (int or float), got {go_type}"))
        }
        Scalar::String if !value.is_string() => Some(format!(
            "expected string, got &value.valueUnstructured{{Value:{}}}",
            json::go_value(value)
        )),
        Scalar::Boolean if !value.is_boolean() => {
            Some(format!("expected boolean, got &{{{}}}", json::go_value(value)))
        }
        Scalar::Untyped if value.is_array() || value.is_object() => {
            Some(format!("expected any scalar, got &{{{}}}", json::go_value(value)))
        }
        _ => None,
    }
}

/// The fields that an object sets: what whoever applies it owns.
pub(super) fn field_set(types: &Types, object: &Value) -> Set {
    fields_below(types, types.root(), object).1
}

/// Whether the value itself is owned, and what below it is.
fn fields_below(types: &Types, id: TypeId, value: &Value) -> (bool, Set) {
    match (shape(types.get(id), Some(value)), value) {
        (Shape::Scalar(_), _) => (true, Set::default()),
        (Shape::List(list), _) if list.relation == Relation::Atomic => (true, Set::default()),
        (Shape::Map(map), _) if map.atomic => (true, Set::default()),
        (Shape::List(list), Value::Array(items)) => (false, fields_of_items(types, list, items)),
        (Shape::Map(map), Value::Object(object)) => {
            let mut set = Set::default();
            for (key, value) in object {
                let Some(id) = map.type_of(key) else { continue };
                let (own, below) = fields_below(types, id, value);
                let empty =
                    value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
                let own = own || empty || !map.fields.contains_key(&**key);
                set.add(PathElement::Field(key.as_str().into()), own, below);
            }
            (false, set)
        }
        _ => (false, Set::default()),
    }
}

fn fields_of_items(types: &Types, list: &List, items: &[Value]) -> Set {
    let mut found: BTreeMap<PathElement, Vec<&Value>> = BTreeMap::new();
    for item in items {
        if let Ok(element) = item_element(types, list, item) {
            found.entry(element).or_default().push(item);
        }
    }
    let mut set = Set::default();
    for (element, items) in found {
        // Of an item that is there twice, nobody can own a field.
        let below = match items[..] {
            [item] => fields_below(types, list.element, item).1,
            _ => Set::default(),
        };
        set.add(element, true, below);
    }
    set
}

/// Owned fields under a type that has since become one value are owned as that value; none if nothing changed.
pub(super) fn reconciled(types: &Types, set: &Set) -> Set {
    reconciled_below(types, types.root(), set)
}

fn reconciled_below(types: &Types, id: TypeId, set: &Set) -> Set {
    let node = types.get(id);
    let mut out = Set::default();
    for element in set.elements() {
        let own = set.has_member(element);
        let of = match (element, &node.map, &node.list) {
            (PathElement::Field(name), Some(map), _) => map.type_of(name),
            (PathElement::Key(_) | PathElement::Item(_) | PathElement::Index(_), _, Some(list)) => {
                Some(list.element)
            }
            _ => None,
        };
        match (of, set.below(element)) {
            (Some(of), Some(below)) if of != Types::DEDUCED => {
                let node = types.get(of);
                let atomic = match (&node.map, &node.list) {
                    (Some(map), _) => map.atomic,
                    (None, Some(list)) => list.relation == Relation::Atomic,
                    (None, None) => false,
                };
                let below =
                    if atomic { Set::default() } else { reconciled_below(types, of, below) };
                out.add(element.clone(), own || atomic, below);
            }
            (_, below) => out.add(element.clone(), own, below.cloned().unwrap_or_default()),
        }
    }
    out
}
