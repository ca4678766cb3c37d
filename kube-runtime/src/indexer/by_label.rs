//! A label's name in; which objects have which value of it out.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;

use kube_core::selector::LabelSelector;
use serde::Deserialize;

use super::index::{ByFunction, Id, Index, Name};

/// As much of an object as is decoded for the indices of labels, once for all of them.
#[derive(Deserialize)]
struct Tags {
    metadata: Labels,
}

#[derive(Deserialize)]
struct Labels {
    labels: Option<BTreeMap<String, String>>,
}

type Value = dyn Fn(&Tags) -> Option<Box<str>> + Send + Sync;

/// The index of one label.
pub(super) struct ByLabel {
    label: Box<str>,
    values: ByFunction<Tags, Box<Value>, Box<str>>,
}

impl ByLabel {
    pub(super) fn new(label: &str) -> Self {
        let name = label.to_owned();
        let value = move |object: &Tags| {
            object.metadata.labels.as_ref()?.get(&name).map(|value| value.as_str().into())
        };
        Self { label: label.into(), values: ByFunction::new(Box::new(value)) }
    }
}

#[cfg(test)]
impl ByLabel {
    /// How many values it knows objects for.
    pub(super) fn values_kept(&self) -> usize {
        self.values.values_kept()
    }
}

/// The objects that may have these labels, as the indices know; `None` without an index of one that must have some value. Whoever is told of
/// several labels looks at the others too.
pub(super) fn having<'index>(
    indices: impl Iterator<Item = &'index dyn Index>,
    labels: &LabelSelector,
) -> Option<Vec<Id>> {
    let among = |index: &'index dyn Index| {
        let index = index.as_any().downcast_ref::<ByLabel>()?;
        let about = labels.requirements().iter().filter(|about| *about.key() == *index.label);
        let values = about.filter_map(|about| about.values()).next()?;
        Some(values.flat_map(|value| index.values.having(value)).collect::<Vec<Id>>())
    };
    indices.filter_map(among).min_by_key(Vec::len)
}

impl Index for ByLabel {
    fn name(&self) -> Name<'_> {
        Name::Label(&self.label)
    }

    fn values(&self, object: &dyn Any) -> Box<dyn Any + Send> {
        self.values.values(object)
    }

    fn decode(&self, json: &[u8]) -> Option<Box<dyn Any>> {
        self.values.decode(json)
    }

    fn takes(&self) -> TypeId {
        self.values.takes()
    }

    fn put(&mut self, id: Id, values: Box<dyn Any + Send>) {
        self.values.put(id, values);
    }

    fn remove(&mut self, id: Id) {
        self.values.remove(id);
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
