//! A write of this process in; what readers see from then on changed, before the watch brings it.

use kube_core::client::Write;
use kube_core::wire::RawObject;
use tokio::time::Instant;

use super::store::Store;
use super::written::Own;
use crate::flow::{Cached, Key};

impl Store {
    /// Learns of a write of this process; until the watch brings it, readers see it from here.
    pub fn wrote(&self, write: &Write) {
        match write {
            Write::Object(object) if self.takes(object) => {
                let state = Cached::raw(object);
                let (cached, passed) = (self.cached(state.key()), self.is_past(&state));
                self.overlay(|written| written.wrote(state, cached.as_ref(), passed));
            }
            Write::Deleted { namespace, name, uid } => {
                let key = Key::new(namespace.as_deref(), name);
                let cached = self.cached(&key);
                let uid = uid.as_deref();
                self.overlay(|written| written.deleted(&key, uid, cached.as_ref(), Instant::now()));
            }
            Write::Unknown { namespace, name } if !name.is_empty() => {
                let key = Key::new(namespace.as_deref(), name);
                if self.holds(&key) {
                    self.overlay(|written| written.unknown_outcome(&key));
                }
            }
            _ => {}
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
        self.overlaid() && self.written(|written| matches!(written.get(key), Some(Own::Unknown)))
    }

    /// The server was asked about an object of which nobody knew, and this is what it has.
    pub fn resolve(&self, key: &Key, object: Option<&RawObject>) {
        let (cached, state) = (self.cached(key), object.map(Cached::raw));
        let passed = state.as_ref().is_some_and(|state| self.is_past(state));
        self.overlay(|written| match state {
            Some(state) => written.resolve(state, cached.as_ref(), passed),
            None => written.deleted(key, None, cached.as_ref(), Instant::now()),
        });
    }

    fn takes(&self, object: &RawObject) -> bool {
        self.is_overlaying()
            && self.holds(&Key::of(&object.meta))
            && (self.labels().is_everything()
                || object.labels().is_ok_and(|labels| self.labels().matches(&labels)))
    }

    fn holds(&self, key: &Key) -> bool {
        self.namespace().is_none() || self.namespace() == key.namespace()
    }
}
