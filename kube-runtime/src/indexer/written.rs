//! What this process wrote itself, until the watch has brought it: our write in, what a reader must see instead of the cache out.
//!
//! Mirrors: client-go tools/cache/mutation_cache.go
//! Differs: nobody has to remember to fill it; what is certain ends it, not a time or a count.

use std::cmp::Ordering;
use std::time::Duration;

use hashbrown::HashMap;
use tokio::time::Instant;

use crate::flow::{Cached, Key, order};

/// A deletion whose end the watch never shows (the object came and went unseen) is forgotten.
const TOMBSTONE: Duration = Duration::from_secs(600);

/// Own writes by key.
#[derive(Debug, Default)]
pub(super) struct Written {
    writes: HashMap<Key, Own>,
}

/// What a reader must see of one key.
#[derive(Debug, Clone)]
pub(super) enum Own {
    /// This state, if the cache has no newer one.
    State(Cached),
    /// No object of this identity.
    Deleted { uid: Box<str>, until: Instant },
    /// Nobody knows: the answer to a write was lost.
    Unknown,
}

impl Written {
    pub(super) fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Own> {
        self.writes.get(key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Key, &Own)> {
        self.writes.iter()
    }

    /// Keys of which nobody knows what became of a write.
    pub(super) fn unknown(&self) -> impl Iterator<Item = &Key> {
        let unknown = self.writes.iter().filter(|(_, own)| matches!(own, Own::Unknown));
        unknown.map(|(key, _)| key)
    }

    /// We wrote, or asked for, this state; `cached` is what the cache has, and `passed` says that it
    /// has everything up to this version, be it the object's deletion.
    pub(super) fn wrote(&mut self, state: Cached, cached: Option<&Cached>, passed: bool) {
        let older = |other: &Cached| {
            order(state.resource_version(), other.resource_version()).is_some_and(Ordering::is_lt)
        };
        let same = |other: &Cached| other.resource_version() == state.resource_version();
        if passed || cached.is_some_and(|cached| older(cached) || same(cached)) {
            self.settle(state.key());
            return;
        }
        match self.writes.get(state.key()) {
            Some(Own::State(present)) if older(present) => {}
            Some(Own::Deleted { uid, .. }) if **uid == *state.uid() => {}
            _ => {
                self.writes.insert(state.key().clone(), Own::State(state));
            }
        }
    }

    /// We deleted the object, or asked for it in vain. Without a uid, it is the one that we knew.
    pub(super) fn deleted(
        &mut self,
        key: &Key,
        uid: Option<&str>,
        cached: Option<&Cached>,
        now: Instant,
    ) {
        let known = match self.writes.get(key) {
            Some(Own::State(state)) => Some(Box::from(state.uid())),
            Some(Own::Deleted { uid, .. }) => Some(uid.clone()),
            Some(Own::Unknown) | None => cached.map(|cached| Box::from(cached.uid())),
        };
        match uid.map(Box::from).or(known) {
            Some(uid) => {
                self.writes.insert(key.clone(), Own::Deleted { uid, until: now + TOMBSTONE });
            }
            None => self.settle(key),
        }
    }

    /// The answer to a write of ours was lost.
    pub(super) fn unknown_outcome(&mut self, key: &Key) {
        self.writes.insert(key.clone(), Own::Unknown);
    }

    /// The server was asked, and has this state.
    pub(super) fn resolve(&mut self, state: Cached, cached: Option<&Cached>, passed: bool) {
        self.settle(state.key());
        self.wrote(state, cached, passed);
    }

    /// The cache has this state now.
    pub(super) fn cached(&mut self, cached: &Cached) {
        let overtaken = match self.writes.get(cached.key()) {
            Some(Own::State(own)) => {
                order(cached.resource_version(), own.resource_version()) != Some(Ordering::Less)
            }
            Some(Own::Deleted { uid, .. }) => **uid != *cached.uid(),
            Some(Own::Unknown) | None => false,
        };
        if overtaken {
            self.settle(cached.key());
        }
    }

    /// The cache has seen an object of this identity go.
    pub(super) fn gone(&mut self, last: &Cached) {
        let over = match self.writes.get(last.key()) {
            Some(Own::State(own)) => {
                own.uid() == last.uid()
                    || order(own.resource_version(), last.resource_version())
                        .is_some_and(Ordering::is_lt)
            }
            Some(Own::Deleted { uid, .. }) => **uid == *last.uid(),
            Some(Own::Unknown) | None => false,
        };
        if over {
            self.settle(last.key());
        }
    }

    /// The cache has everything up to this version.
    pub(super) fn reached(&mut self, version: &str, now: Instant) {
        self.writes.retain(|_, own| match own {
            Own::State(state) => {
                order(state.resource_version(), version).is_none_or(Ordering::is_gt)
            }
            Own::Deleted { until, .. } => *until > now,
            Own::Unknown => true,
        });
    }

    fn settle(&mut self, key: &Key) {
        self.writes.remove(key);
    }
}
