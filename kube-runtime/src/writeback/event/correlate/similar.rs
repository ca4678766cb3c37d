//! Events that differ in their notes only: an event in, whether it is one of too many out.
//!
//! Mirrors: client-go tools/record/events_cache.go (`EventAggregator`)

use std::collections::HashMap;
use std::collections::HashSet;
use std::hash::BuildHasher;
use std::hash::Hash;
use std::hash::RandomState;

use jiff::SignedDuration;
use jiff::Timestamp;

/// So long after the last one nothing is similar any more.
const WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// So many groups are remembered at most.
const REMEMBERED: usize = 4096;

/// The notes of one group; of a note only its hash is kept.
#[derive(Debug)]
struct Notes {
    seen: HashSet<u64>,
    last: Timestamp,
}

/// Which notes each group of events had.
#[derive(Debug)]
pub(super) struct Similar<K> {
    most: usize,
    groups: HashMap<K, Notes>,
    hasher: RandomState,
}

impl<K: Hash + Eq + Clone> Similar<K> {
    /// From so many differing notes on, events of a group are combined.
    pub(super) fn new(most: usize) -> Self {
        Self { most: most.max(1), groups: HashMap::new(), hasher: RandomState::new() }
    }

    /// Whether an event of this group and with this note is to be combined with others.
    pub(super) fn combines(&mut self, group: &K, note: &str, at: Timestamp) -> bool {
        if self.groups.len() >= REMEMBERED && !self.groups.contains_key(group) {
            self.forget(at);
        }
        let empty = || Notes { seen: HashSet::new(), last: at };
        let notes = self.groups.entry(group.clone()).or_insert_with(empty);
        if at.duration_since(notes.last) > WINDOW {
            notes.seen.clear();
        }
        notes.last = at;
        if notes.seen.len() < self.most {
            notes.seen.insert(self.hasher.hash_one(note));
        }
        notes.seen.len() >= self.most
    }

    fn forget(&mut self, now: Timestamp) {
        self.groups.retain(|_, notes| now.duration_since(notes.last) <= WINDOW);
        if self.groups.len() >= REMEMBERED {
            let oldest = self.groups.iter().min_by_key(|(_, notes)| notes.last);
            if let Some(oldest) = oldest.map(|(group, _)| group.clone()) {
                self.groups.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).unwrap()
    }

    #[test]
    fn nine_notes_stand_alone_and_the_tenth_is_combined() {
        let mut similar = Similar::new(10);
        let combined: Vec<bool> = (0..12)
            .map(|number| similar.combines(&"a", &format!("note {number}"), at(0)))
            .collect();
        assert_eq!(combined.iter().position(|combined| *combined), Some(9));
        assert!(combined[9..].iter().all(|combined| *combined));
        assert!(!similar.combines(&"another group", "note 1", at(0)));
    }

    #[test]
    fn the_same_note_again_and_again_is_not_similar_to_anything() {
        let mut similar = Similar::new(10);
        assert!((0..100).all(|seconds| !similar.combines(&"a", "the same", at(seconds))));
    }

    #[test]
    fn after_ten_quiet_minutes_notes_stand_alone_again() {
        let mut similar = Similar::new(10);
        for number in 0..20 {
            similar.combines(&"a", &format!("note {number}"), at(0));
        }
        assert!(similar.combines(&"a", "one more", at(600)));
        assert!(!similar.combines(&"a", "one more", at(1201)));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut similar = Similar::new(10);
        for number in 0..3 * REMEMBERED {
            similar.combines(&number, "note", at(0));
        }
        assert!(similar.groups.len() <= REMEMBERED);
    }
}
