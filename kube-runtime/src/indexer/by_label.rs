//! A label's name in; which objects have which value of it out.

use std::collections::BTreeMap;

use kube_core::selector::LabelSelector;
use serde::Deserialize;

use super::index::{ByFunction, Id, Index, Name};

/// As much of an object as is decoded for the indices of labels, once for all of them.
#[derive(Deserialize)]
pub(super) struct Tags {
    metadata: Labels,
}

#[derive(Deserialize)]
struct Labels {
    labels: Option<BTreeMap<String, String>>,
}

type Value = dyn Fn(&Tags) -> Option<Box<str>> + Send + Sync;

/// The index of one label.
pub(super) type ByLabel = ByFunction<Tags, Box<Value>, Box<str>>;

pub(super) fn by_label(label: &str) -> ByLabel {
    let name = label.to_owned();
    let value = move |object: &Tags| {
        object.metadata.labels.as_ref()?.get(&name).map(|value| value.as_str().into())
    };
    ByFunction::named(Name::Label(label.into()), Box::new(value))
}

/// The objects that may have these labels, as the indices know; `None` without an index of one that must have some value. Whoever is told of
/// several labels looks at the others too.
pub(super) fn having<'index>(
    indices: impl Iterator<Item = &'index dyn Index>,
    labels: &LabelSelector,
) -> Option<Vec<Id>> {
    let among = |index: &'index dyn Index| {
        let Name::Label(label) = index.name() else { return None };
        let index = index.as_any().downcast_ref::<ByLabel>()?;
        let about = labels.requirements().iter().filter(|about| *about.key() == **label);
        let values = about.filter_map(|about| about.values()).next()?;
        Some(values.flat_map(|value| index.having(value)).collect::<Vec<Id>>())
    };
    indices.filter_map(among).min_by_key(Vec::len)
}
