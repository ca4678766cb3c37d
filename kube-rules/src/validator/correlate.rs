//! What a part of an object was before the change, and whether it is the same still.
//!
//! Mirrors: apiserver pkg/cel/common/equality.go, pkg/cel/common/maplist.go

use serde_json::Value;

use crate::schema::Items;
use crate::schema::Shape;

/// A value, what it was, and its schema.
#[derive(Debug, Clone, Copy)]
struct Pair<'a> {
    new: &'a Value,
    old: &'a Value,
    shape: &'a Shape,
}

/// What is known of a value's past: its own, else that of the nearest value above.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Correlation<'a> {
    own: Option<Pair<'a>>,
    above: Option<Pair<'a>>,
}

impl<'a> Correlation<'a> {
    pub(super) fn root(new: &'a Value, old: Option<&'a Value>, shape: &'a Shape) -> Self {
        Self { own: old.map(|old| Pair { new, old, shape }), above: None }
    }

    /// The value, or the nearest one above that has a past, was not changed.
    pub(super) fn unchanged(&self) -> bool {
        self.own.or(self.above).is_some_and(|pair| pair.is_equal())
    }

    pub(super) fn key(self, name: &str) -> Self {
        let Some(own) = self.own else { return self };
        // Both states were brought to one version: a change of these cannot be seen.
        if self.above.is_none() && matches!(name, "apiVersion" | "kind") {
            return Self::default();
        }
        Self { own: own.key(name), above: Some(own) }
    }

    pub(super) fn item(self, index: usize) -> Self {
        let Some(own) = self.own else { return self };
        Self { own: own.item(index), above: Some(own) }
    }
}

impl<'a> Pair<'a> {
    fn key(self, name: &str) -> Option<Self> {
        let (new, old) = (self.new.as_object()?.get(name)?, self.old.as_object()?.get(name)?);
        Some(Self { new, old, shape: self.shape.property(name)? })
    }

    fn item(self, index: usize) -> Option<Self> {
        let new = self.new.as_array()?.get(index)?;
        let old = old_item(self.shape, new, Some(self.old))?;
        Some(Self { new, old, shape: self.shape.item.as_ref()? })
    }

    fn is_equal(self) -> bool {
        match (self.new, self.old) {
            (Value::Array(new), Value::Array(old)) => {
                let keyed = matches!(self.shape.items, Items::Keys(_));
                new.len() == old.len()
                    && if keyed {
                        (0..new.len()).all(|at| self.item(at).is_some_and(Self::is_equal))
                    } else {
                        new == old
                    }
            }
            (Value::Object(new), Value::Object(old)) => {
                new.len() == old.len()
                    && new.keys().all(|name| self.key(name).is_some_and(Self::is_equal))
            }
            (new, old) => new == old,
        }
    }
}

/// The item of the old list with the same keys; lists without keys have no such thing.
pub(super) fn old_item<'a>(
    shape: &Shape,
    item: &Value,
    old: Option<&'a Value>,
) -> Option<&'a Value> {
    let Items::Keys(keys) = &shape.items else { return None };
    let same = |other: &&Value| keys.iter().all(|key| item.get(key) == other.get(key));
    old?.as_array()?.iter().find(same)
}
