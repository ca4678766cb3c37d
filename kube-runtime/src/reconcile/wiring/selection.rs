//! Which of its objects a controller follows: selectors in, narrower informers of its kind out.

use std::fmt;

use kube_core::Error;
use kube_core::Namespace;
use kube_core::Resource;
use kube_core::selector::FieldSelector;
use kube_core::selector::LabelSelector;

use super::Wiring;
use crate::informer::Informers;

/// The objects that a controller follows of its own kind; all of them when nothing is said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    labels: LabelSelector,
    fields: FieldSelector,
}

impl Wiring {
    /// Only objects with these labels are followed, as the server selects them: others of the kind cost nothing. It narrows all that this
    /// controller reads of its own kind, `Lister<K>` too, and no other controller.
    ///
    /// An object that leaves the selection looks deleted. If the controller cleans up, its finalizer stays on the object, and a deletion waits
    /// until the object is selected again.
    pub fn labels<L>(&mut self, labels: L)
    where
        L: TryInto<LabelSelector, Error: Into<Error>>,
    {
        match labels.try_into() {
            Ok(labels) => self.selection.labels = labels,
            Err(error) => self.mistakes.push(format!("`labels`: {}", error.into().chain())),
        }
    }

    /// Only objects with these fields are followed; the same holds. Which fields there are depends on the kind: every one has `metadata.name` and
    /// `metadata.namespace`.
    ///
    /// With other fields than these two only the server knows what is selected: a reconcile sees what this process wrote before, because the
    /// server is asked about that once, but not what it wrote itself a moment ago.
    pub fn fields<F>(&mut self, fields: F)
    where
        F: TryInto<FieldSelector, Error: Into<Error>>,
    {
        match fields.try_into() {
            Ok(fields) => self.selection.fields = fields,
            Err(error) => self.mistakes.push(format!("`fields`: {}", error.into().chain())),
        }
    }
}

impl Wiring {
    /// Keeps to these namespaces: this controller follows, reads and writes kinds of namespaces there and nowhere else, and its permissions on them
    /// become a Role in each of them; other controllers are not concerned. Kinds of the cluster are followed as ever. An operator that keeps to some
    /// namespaces itself keeps to these too, or it does not start.
    pub fn namespaces<N: Into<String>>(&mut self, names: impl IntoIterator<Item = N>) {
        let mut names: Vec<String> = names.into_iter().map(Into::into).collect();
        names.sort();
        names.dedup();
        if names.is_empty() {
            self.mistakes.push(
                "`namespaces` names none, so nothing would be reconciled: name one, or leave it out to follow all".to_owned(),
            );
        }
        for name in &names {
            if let Err(error) = Namespace::try_from(name.as_str()) {
                self.mistakes.push(format!("`namespaces`: {}", error.chain()));
            }
        }
        self.namespaces = Some(names.into());
    }
}

impl Selection {
    /// The informers of a controller of kind `K`, for kind `T`.
    pub(super) fn narrow<T: Resource>(&self, wiring: &Wiring, informers: &Informers) -> Informers {
        let informers = informers.clone();
        match T::RESOURCE == wiring.primary {
            true => informers.labels(self.labels.clone()).fields(self.fields.clone()),
            false => informers,
        }
    }

    pub(crate) fn is_everything(&self) -> bool {
        self.labels.is_everything() && self.fields.is_everything()
    }
}

/// As people read it.
impl fmt::Display for Selection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.labels.is_everything() {
            parts.push(format!("labels {}", self.labels));
        }
        if !self.fields.is_everything() {
            parts.push(format!("fields {}", self.fields));
        }
        formatter.write_str(&parts.join(" and "))
    }
}
