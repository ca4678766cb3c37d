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
    /// How often nobody could even tell to which objects a write went …
    doubts: u64,
    /// … and how many of these doubts have been settled.
    settled: u64,
}

/// What a reader must see of one key.
#[derive(Debug, Clone)]
pub(super) enum Own {
    /// This state, if the cache has no newer one.
    State(Cached),
    /// No object of this identity; with a version, none up to that version: the object is there,
    /// but the selector does not select it any more.
    Deleted { uid: Box<str>, version: Option<Box<str>>, until: Instant },
    /// Nobody knows: the answer to a write was lost.
    Unknown,
}

impl Own {
    /// Whether a reader must not see this state.
    pub(super) fn hides(&self, state: &Cached) -> bool {
        match self {
            Self::Deleted { uid, version, .. } => {
                **uid == *state.uid()
                    && version.as_deref().is_none_or(|version| {
                        order(state.resource_version(), version) != Some(Ordering::Greater)
                    })
            }
            Self::State(_) | Self::Unknown => false,
        }
    }
}

impl Written {
    pub(super) fn is_empty(&self) -> bool {
        self.writes.is_empty() && !self.is_in_doubt()
    }

    /// Somebody wrote to objects of which nobody knows the names.
    pub(super) fn doubt(&mut self) {
        self.doubts += 1;
    }

    pub(super) fn is_in_doubt(&self) -> bool {
        self.settled < self.doubts
    }

    /// How many doubts there are; to be settled by what is asked from now on.
    pub(super) fn doubts(&self) -> u64 {
        self.doubts
    }

    pub(super) fn settle_doubts(&mut self, doubts: u64) {
        self.settled = self.settled.max(doubts);
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
            Some(own) if own.hides(&state) => {}
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
                let until = now + TOMBSTONE;
                self.writes.insert(key.clone(), Own::Deleted { uid, version: None, until });
            }
            None => self.settle(key),
        }
    }

    /// We wrote this state, and the selector does not select it.
    pub(super) fn left(&mut self, state: &Cached, now: Instant) {
        let (uid, version) = (Box::from(state.uid()), Some(Box::from(state.resource_version())));
        let own = Own::Deleted { uid, version, until: now + TOMBSTONE };
        self.writes.insert(state.key().clone(), own);
    }

    /// The answer to a write of ours was lost.
    pub(super) fn unknown_outcome(&mut self, key: &Key) {
        self.writes.insert(key.clone(), Own::Unknown);
    }

    /// The server went back in time: nobody knows what became of any write.
    pub(super) fn doubt_all(&mut self) {
        self.writes.values_mut().for_each(|own| *own = Own::Unknown);
    }

    /// The server was asked about this object.
    pub(super) fn known(&mut self, key: &Key) {
        if matches!(self.writes.get(key), Some(Own::Unknown)) {
            self.settle(key);
        }
    }

    /// The cache has this state now.
    pub(super) fn cached(&mut self, cached: &Cached) {
        let overtaken = match self.writes.get(cached.key()) {
            Some(Own::State(own)) => {
                order(cached.resource_version(), own.resource_version()) != Some(Ordering::Less)
            }
            Some(own @ Own::Deleted { .. }) => !own.hides(cached),
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
            Own::Deleted { until, version: None, .. } => *until > now,
            Own::Deleted { version: Some(left), .. } => {
                order(left, version).is_none_or(Ordering::is_gt)
            }
            Own::Unknown => true,
        });
    }

    fn settle(&mut self, key: &Key) {
        self.writes.remove(key);
    }
}
