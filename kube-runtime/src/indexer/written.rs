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
    /// No object of this identity.
    Deleted { uid: Box<str>, until: Instant },
    /// No object of this identity up to this version: it is there, but the selector does not select it.
    Left { uid: Box<str>, version: Box<str> },
    /// Nobody knows: the answer to a write was lost.
    Unknown,
    /// It was written at this version, and only the server knows whether that is selected.
    Undecided { version: Box<str> },
}

impl Own {
    /// Whether a reader must not see this state.
    pub(super) fn hides(&self, state: &Cached) -> bool {
        match self {
            Self::Deleted { uid, .. } => **uid == *state.uid(),
            Self::Left { uid, version } => {
                **uid == *state.uid()
                    && order(state.resource_version(), version) != Some(Ordering::Greater)
            }
            Self::State(_) | Self::Unknown | Self::Undecided { .. } => false,
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
        let unknown = |own: &Own| matches!(own, Own::Unknown | Own::Undecided { .. });
        self.writes.iter().filter(move |(_, own)| unknown(own)).map(|(key, _)| key)
    }

    pub(super) fn is_unknown(&self, key: &Key) -> bool {
        matches!(self.writes.get(key), Some(Own::Unknown | Own::Undecided { .. }))
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
            Some(Own::Deleted { uid, .. } | Own::Left { uid, .. }) => Some(uid.clone()),
            Some(Own::Unknown | Own::Undecided { .. }) | None => {
                cached.map(|cached| Box::from(cached.uid()))
            }
        };
        match uid.map(Box::from).or(known) {
            Some(uid) => {
                let until = now + TOMBSTONE;
                self.writes.insert(key.clone(), Own::Deleted { uid, until });
            }
            None => self.settle(key),
        }
    }

    /// We wrote this state, and the selector does not select it.
    pub(super) fn left(&mut self, state: &Cached) {
        let (uid, version) = (Box::from(state.uid()), Box::from(state.resource_version()));
        self.writes.insert(state.key().clone(), Own::Left { uid, version });
    }

    /// We wrote this state, and cannot tell whether the selector selects it.
    pub(super) fn undecided(&mut self, state: &Cached) {
        if !matches!(self.writes.get(state.key()), Some(Own::Unknown)) {
            let version = Box::from(state.resource_version());
            self.writes.insert(state.key().clone(), Own::Undecided { version });
        }
    }

    /// The server was asked about this object, and has none that is selected.
    pub(super) fn missing(&mut self, key: &Key, cached: Option<&Cached>, now: Instant) {
        match (self.writes.remove(key), cached) {
            // It is there, so it may come back as the same object.
            (Some(Own::Undecided { version }), Some(cached)) => {
                let uid = Box::from(cached.uid());
                self.writes.insert(key.clone(), Own::Left { uid, version });
            }
            (Some(Own::Undecided { .. }), None) => {}
            (_, cached) => self.deleted(key, None, cached, now),
        }
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
        if self.is_unknown(key) {
            self.settle(key);
        }
    }

    /// The cache has this state now.
    pub(super) fn cached(&mut self, cached: &Cached) {
        let overtaken = match self.writes.get(cached.key()) {
            Some(Own::State(own)) => {
                order(cached.resource_version(), own.resource_version()) != Some(Ordering::Less)
            }
            Some(own @ (Own::Deleted { .. } | Own::Left { .. })) => !own.hides(cached),
            Some(Own::Undecided { version }) => {
                order(cached.resource_version(), version) != Some(Ordering::Less)
            }
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
            Some(Own::Deleted { uid, .. } | Own::Left { uid, .. }) => **uid == *last.uid(),
            Some(Own::Undecided { version }) => {
                order(version, last.resource_version()).is_some_and(Ordering::is_lt)
            }
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
            Own::Left { version: left, .. } | Own::Undecided { version: left } => {
                order(left, version).is_none_or(Ordering::is_gt)
            }
            Own::Unknown => true,
        });
    }

    fn settle(&mut self, key: &Key) {
        self.writes.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::flow::sample::{cached, object_with};

    /// The same name, another object.
    fn other(version: u64) -> Cached {
        Cached::raw(&object_with("x", version, &json!({"metadata": {"uid": "other"}})))
    }

    fn having_written(version: u64) -> Written {
        let mut written = Written::default();
        written.wrote(cached("x", version), None, false);
        assert!(!written.is_empty());
        written
    }

    fn having_deleted(now: Instant) -> Written {
        let mut written = Written::default();
        written.deleted(cached("x", 3).key(), Some("u-x"), None, now);
        assert!(!written.is_empty());
        written
    }

    fn version(written: &Written) -> Option<&str> {
        match written.get(cached("x", 1).key()) {
            Some(Own::State(state)) => Some(state.resource_version()),
            _ => None,
        }
    }

    #[test]
    fn a_write_that_the_cache_has_already_is_not_kept() {
        for (present, passed) in [(8, false), (9, false), (7, true)] {
            let mut written = Written::default();
            written.wrote(cached("x", 8), Some(&cached("x", present)), passed);
            assert!(written.is_empty(), "the cache has {present}");
        }
    }

    #[test]
    fn the_newest_of_ones_own_writes_counts_whatever_the_order_of_the_answers() {
        let mut written = having_written(7);
        written.wrote(cached("x", 8), None, false);
        assert_eq!(version(&written), Some("8"));
        written.wrote(cached("x", 7), None, false);
        assert_eq!(version(&written), Some("8"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_answer_does_not_bring_back_what_was_deleted() {
        let mut written = having_deleted(Instant::now());
        written.wrote(cached("x", 9), None, false);
        assert_eq!(version(&written), None);
        written.wrote(other(10), None, false);
        assert_eq!(version(&written), Some("10"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_is_forgotten_when_the_cache_has_it_and_not_before() {
        let mut written = having_written(8);
        written.cached(&cached("x", 7));
        assert_eq!(version(&written), Some("8"));
        written.cached(&cached("x", 8));
        assert!(written.is_empty());
        let mut written = having_deleted(Instant::now());
        written.cached(&cached("x", 9));
        assert!(!written.is_empty(), "an event from before the deletion");
        written.cached(&other(9));
        assert!(written.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_is_forgotten_when_the_cache_has_seen_its_object_go() {
        for last in [cached("x", 7), cached("x", 9), other(9)] {
            let mut written = having_written(8);
            written.gone(&last);
            assert!(written.is_empty(), "{last:?}");
        }
        let mut written = having_written(8);
        written.gone(&other(7));
        assert_eq!(version(&written), Some("8"), "that was the one before");
        let mut written = having_deleted(Instant::now());
        written.gone(&other(7));
        assert!(!written.is_empty());
        written.gone(&cached("x", 7));
        assert!(written.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_deletion_that_the_watch_never_shows_is_forgotten_after_ten_minutes() {
        let now = Instant::now();
        let mut written = having_deleted(now);
        written.reached("9", now + TOMBSTONE - Duration::from_secs(1));
        assert!(!written.is_empty());
        written.reached("9", now + TOMBSTONE);
        assert!(written.is_empty());
    }

    #[test]
    fn what_is_not_known_is_kept_until_the_server_was_asked() {
        let (mut written, key) = (having_written(8), cached("x", 8).key().clone());
        written.known(&key);
        assert!(!written.is_empty(), "this one is known");
        written.unknown_outcome(&key);
        written.cached(&cached("x", 9));
        written.gone(&cached("x", 9));
        assert_eq!(written.unknown().count(), 1);
        written.known(&key);
        assert!(written.is_empty());
    }

    #[test]
    fn doubts_are_counted_and_settled_by_number() {
        let mut written = Written::default();
        written.doubt();
        written.doubt();
        assert_eq!((written.doubts(), written.is_in_doubt()), (2, true));
        written.settle_doubts(1);
        assert!(written.is_in_doubt() && !written.is_empty());
        written.settle_doubts(2);
        written.settle_doubts(1);
        assert!(written.is_empty());
    }
}
