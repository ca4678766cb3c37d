//! Each write that the server took in; what was there when, out.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use kube_core::HasMetadata;
use kube_runtime::flow::Entry;
use kube_runtime::flow::Key;
use kube_runtime::flow::order;

/// What the server did, as an informer with its selectors should see it: each object's writes in their order.
///
/// It keeps every version of everything for as long as it lives: it is for tests.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    lives: BTreeMap<Key, Vec<Life>>,
}

/// One object from its creation to its end.
#[derive(Clone, Debug)]
pub(super) struct Life {
    pub(super) uid: String,
    pub(super) versions: Vec<String>,
    pub(super) gone: bool,
}

/// One state, as far as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) uid: String,
    pub(super) version: String,
}

impl State {
    pub(super) fn of(entry: &Entry) -> Self {
        Self { uid: entry.uid().to_owned(), version: entry.resource_version().to_owned() }
    }
}

/// Whether one version comes before another.
pub(super) fn is_older(version: &str, than: &str) -> bool {
    order(version, than) == Some(Ordering::Less)
}

impl Journal {
    /// The server has this state of an object now: what it answered to a create, an update, or a deletion that waits for
    /// finalizers. An answer that changed nothing changes nothing here.
    pub fn wrote<K: HasMetadata>(&mut self, object: &K) {
        let metadata = object.object_meta();
        let uid = metadata.uid.as_deref().unwrap_or_default();
        let version = metadata.resource_version.as_deref().unwrap_or_default();
        let lives = self.lives.entry(Key::of(object)).or_default();
        match lives.last_mut() {
            Some(life) if !life.gone && life.uid == uid => {
                if life.versions.last().is_none_or(|last| last != version) {
                    life.versions.push(version.to_owned());
                }
            }
            _ => {
                let versions = vec![version.to_owned()];
                lives.push(Life { uid: uid.to_owned(), versions, gone: false });
            }
        }
    }

    /// The server has no such object any more, or it is none that the informer's selectors select.
    pub fn deleted(&mut self, key: &Key) {
        if let Some(life) = self.lives.get_mut(key).and_then(|lives| lives.last_mut()) {
            life.gone = true;
        }
    }

    /// Whether the server has such an object now.
    #[must_use]
    pub fn is_there(&self, key: &Key) -> bool {
        self.last(key).is_some()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.lives.keys()
    }

    pub(super) fn knows(&self, key: &Key) -> bool {
        self.lives.contains_key(key)
    }

    pub(super) fn lives(&self, key: &Key) -> &[Life] {
        self.lives.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn life(&self, key: &Key, uid: &str) -> Option<&Life> {
        self.lives(key).iter().find(|life| life.uid == uid)
    }

    /// The last state of what is there.
    pub(super) fn last(&self, key: &Key) -> Option<State> {
        let life = self.lives(key).last().filter(|life| !life.gone)?;
        Some(State { uid: life.uid.clone(), version: life.versions.last()?.clone() })
    }

    pub(super) fn had(&self, key: &Key, state: &State) -> bool {
        self.life(key, &state.uid).is_some_and(|life| life.versions.contains(&state.version))
    }
}
