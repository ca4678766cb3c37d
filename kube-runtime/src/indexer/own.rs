//! A write of this process in; what readers see from then on changed, before the watch brings it.

use std::cmp::Ordering;

use hashbrown::HashSet;
use kube_core::client::Write;
use kube_core::wire::RawObject;
use tokio::time::Instant;

use super::store::Store;
use super::written::Written;
use crate::flow::{Cached, Key, order};

impl Store {
    /// Learns of a write of this process; until the watch brings it, readers see it from here.
    pub fn wrote(&self, write: &Write) {
        match write {
            Write::Object(object) => self.wrote_object(object, None),
            Write::Deleted { namespace, name, uid } => {
                let key = Key::new(namespace.as_deref(), name);
                let cached = self.cached(&key);
                let uid = uid.as_deref();
                self.overlay(|written| written.deleted(&key, uid, cached.as_ref(), Instant::now()));
            }
            Write::Unknown { namespace, name } if !name.is_empty() => {
                let key = Key::new(namespace.as_deref(), name);
                if self.holds(key.namespace()) {
                    self.overlay(|written| written.unknown_outcome(&key));
                }
            }
            Write::Unknown { namespace, .. } | Write::Collection { namespace } => {
                if namespace.is_none() || self.holds(namespace.as_deref()) {
                    self.overlay(Written::doubt);
                }
            }
            // Whatever else there will be: it may concern anything.
            _ => self.overlay(Written::doubt),
        }
    }

    /// `fields` says whether the field selector selects it, if the server was asked.
    fn wrote_object(&self, object: &RawObject, fields: Option<bool>) {
        let state = Cached::raw(&self.transformed(object));
        if !self.holds(state.key().namespace()) {
            return;
        }
        let (cached, passed) = (self.cached(state.key()), self.is_past(&state));
        let key = state.key();
        let fields = fields.or_else(|| self.fields().selects(key.namespace(), key.name()));
        match fields.filter(|_| self.selects(object)) {
            Some(true) => self.overlay(|written| written.wrote(state, cached.as_ref(), passed)),
            _ if passed => {}
            None if fields.is_none() && self.selects(object) => {
                self.overlay(|written| written.undecided(&state));
            }
            _ => self.overlay(|written| written.left(&state)),
        }
    }

    /// Keys of which nobody knows what became of a write; ask the server before reading them.
    #[must_use]
    pub fn unknown(&self) -> Vec<Key> {
        if !self.overlaid() {
            return Vec::new();
        }
        self.written(|written| written.unknown().cloned().collect())
    }

    /// Whether nobody knows what became of a write to this object.
    #[must_use]
    pub fn is_unknown(&self, key: &Key) -> bool {
        self.overlaid() && self.written(|written| written.is_unknown(key))
    }

    /// The server was asked about an object of which nobody knew, and this is what it has.
    pub fn resolve(&self, key: &Key, object: Option<&RawObject>) {
        match object {
            Some(object) => {
                self.overlay(|written| written.known(key));
                self.wrote_object(object, Some(true));
            }
            None => {
                let cached = self.cached(key);
                self.overlay(|written| written.missing(key, cached.as_ref(), Instant::now()));
            }
        }
    }

    /// Whether a write went to objects of which nobody knows the names: then only a list tells.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        self.overlaid() && self.written(Written::is_in_doubt)
    }

    /// How many doubts there are before a list is asked for.
    pub(crate) fn doubts(&self) -> u64 {
        self.written(Written::doubts)
    }

    /// A list that was asked for after these doubts named an object.
    pub(crate) fn learn(&self, object: &RawObject) {
        self.wrote_object(object, Some(true));
    }

    /// That list is complete, and these are the keys that it named: what else was cached up to its
    /// version is gone.
    pub(crate) fn settle_doubts(&self, doubts: u64, named: &HashSet<Key>, version: &str) {
        let gone = self.cached_states().into_iter().filter(|cached| {
            !named.contains(cached.key())
                && order(cached.resource_version(), version).is_some_and(Ordering::is_le)
        });
        let gone: Vec<Cached> = gone.collect();
        self.overlay(|written| {
            for cached in &gone {
                let uid = Some(cached.uid());
                written.deleted(cached.key(), uid, Some(cached), Instant::now());
            }
            written.settle_doubts(doubts);
        });
    }

    fn selects(&self, object: &RawObject) -> bool {
        self.labels().is_everything()
            || object.labels().is_ok_and(|labels| self.labels().matches(&labels))
    }

    fn holds(&self, namespace: Option<&str>) -> bool {
        self.namespace().is_none() || self.namespace() == namespace
    }
}
