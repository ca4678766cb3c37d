//! Lists and maps: of the object, read item by item, or made by the rule.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Map as JsonMap;
use serde_json::Value as Json;

use super::Fault;
use super::Outcome;
use super::Text;
use super::Value;
use super::data::read;
use crate::schema::Items;
use crate::schema::LOOSE;
use crate::schema::Shape;
use crate::schema::escape;
use crate::schema::unescape;

/// A list.
#[derive(Debug, Clone)]
pub(crate) struct List<'a> {
    items: Elements<'a>,
    /// How the items are told apart, of a list of the object and of what it was added to.
    pub(crate) relation: Option<&'a Items>,
}

#[derive(Debug, Clone)]
enum Elements<'a> {
    There(&'a [Json], &'a Shape),
    Made(Rc<Vec<Value<'a>>>),
}

impl<'a> List<'a> {
    pub(super) fn there(items: &'a [Json], shape: &'a Shape, relation: &'a Items) -> Self {
        Self { items: Elements::There(items, shape), relation: Some(relation) }
    }

    pub(super) fn loose(items: &'a [Json]) -> Self {
        Self { items: Elements::There(items, &LOOSE), relation: None }
    }

    pub(crate) fn made(items: Vec<Value<'a>>) -> Self {
        Self { items: Elements::Made(Rc::new(items)), relation: None }
    }

    pub(crate) fn len(&self) -> usize {
        match &self.items {
            Elements::There(items, _) => items.len(),
            Elements::Made(items) => items.len(),
        }
    }

    pub(crate) fn item(&self, at: usize) -> Option<Outcome<'a>> {
        match &self.items {
            Elements::There(items, shape) => items.get(at).map(|item| read(item, shape)),
            Elements::Made(items) => items.get(at).cloned().map(Ok),
        }
    }

    /// The items in order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = Outcome<'a>> {
        (0..self.len()).map(|at| self.item(at).unwrap_or_else(Fault::no_overload))
    }

    /// All items, or the first error.
    pub(crate) fn values(&self) -> Result<Vec<Value<'a>>, Fault> {
        self.iter().collect()
    }

    /// The items of a list that the rule made and nothing else holds.
    pub(crate) fn own(&mut self) -> Option<&mut Vec<Value<'a>>> {
        match &mut self.items {
            Elements::Made(items) => Rc::get_mut(items),
            Elements::There(..) => None,
        }
    }
}

/// A key of a map.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Bool(bool),
    Int(i64),
    /// Larger than any `Int`.
    Uint(u64),
    String(Rc<str>),
}

impl Key {
    pub(crate) fn of(value: &Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Uint(value) => i64::try_from(*value).map_or(Self::Uint(*value), Self::Int),
            Value::Double(value) if value.fract() == 0.0 && value.abs() < 9e15 =>
            {
                #[expect(clippy::cast_possible_truncation, reason = "a whole number in range")]
                Self::Int(*value as i64)
            }
            Value::String(text) => Self::String(Rc::from(&**text)),
            _ => return None,
        })
    }
}

/// A map or an object.
#[derive(Debug, Clone)]
pub(crate) enum Map<'a> {
    There(&'a JsonMap<String, Json>, &'a Shape),
    /// By key: the key as it was written, and its value.
    Made(Rc<BTreeMap<Key, (Value<'a>, Value<'a>)>>),
}

impl<'a> Map<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::There(object, _) => object.len(),
            Self::Made(entries) => entries.len(),
        }
    }

    /// What a key holds; of an object of the schema, a null is nothing.
    pub(crate) fn find(&self, key: &Value<'_>) -> Option<Outcome<'a>> {
        let (object, shape) = match self {
            Self::Made(entries) => {
                return entries.get(&Key::of(key)?).map(|(_, value)| Ok(value.clone()));
            }
            Self::There(object, shape) => (object, shape),
        };
        if shape.is_loose() {
            let Value::String(key) = key else { return None };
            return object.get(&**key).map(|value| read(value, shape));
        }
        let Value::String(key) = key else { return Some(Fault::no_overload()) };
        if shape.properties.is_empty() {
            let value = object.get(&**key)?;
            return shape.additional.as_ref().map(|below| read(value, below));
        }
        let name = unescape(key)?;
        let value = object.get(&*name).filter(|value| !value.is_null())?;
        shape.properties.get(&*name).map(|below| read(value, below))
    }

    /// The keys, sorted.
    pub(crate) fn keys(&self) -> Vec<Value<'a>> {
        match self {
            Self::There(object, shape) if shape.is_loose() => {
                object.keys().map(|name| Value::String(Text::There(name))).collect()
            }
            Self::There(object, shape) => {
                let names = object.keys().filter(|name| shape.property(name).is_some());
                names
                    .map(|name| match escape(name) {
                        Some(std::borrow::Cow::Owned(escaped)) if !shape.properties.is_empty() => {
                            Value::text(escaped)
                        }
                        _ => Value::String(Text::There(name)),
                    })
                    .collect()
            }
            Self::Made(entries) => entries.values().map(|(key, _)| key.clone()).collect(),
        }
    }
}
