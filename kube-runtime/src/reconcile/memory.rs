//! What each object was when it was last reconciled well: a state in, the one before out. Only for controllers that ask for it.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::flow::Cached;
use crate::flow::Key;

/// One state a key; the states are packed, and shared with the cache as long as that has no newer one.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    states: HashMap<Key, Cached>,
    /// With so many states those are looked for that nobody told us the end of.
    swept_at: usize,
}

/// So many states are never swept.
const FEW: usize = 64;

impl Memory {
    pub(crate) fn of(&self, key: &Key) -> Option<Cached> {
        self.kept.lock().states.get(key).cloned()
    }

    /// Keeps a state. A predicate may hide the end of an object, so now and then those are forgotten that are not there any more.
    pub(crate) fn keep(&self, state: Cached, is_there: impl Fn(&Key) -> bool) {
        let mut kept = self.kept.lock();
        kept.states.insert(state.key().clone(), state);
        if kept.states.len() > kept.swept_at.max(FEW) {
            kept.states.retain(|key, _| is_there(key));
            kept.swept_at = 2 * kept.states.len();
        }
    }

    pub(crate) fn forget(&self, key: &Key) {
        self.kept.lock().states.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::flow::sample::cached;

    #[test]
    fn a_state_is_kept_until_the_next_one_or_until_it_is_forgotten() {
        let memory = Memory::default();
        let key = cached("x", 1).key().clone();
        memory.keep(cached("x", 1), |_| true);
        memory.keep(cached("x", 2), |_| true);
        assert_eq!(memory.of(&key).unwrap().resource_version(), "2");
        memory.forget(&key);
        assert!(memory.of(&key).is_none());
    }

    #[test]
    fn what_went_unseen_is_forgotten_before_it_is_as_much_as_what_is_there() {
        let memory = Memory::default();
        for number in 0..10_000 {
            let there = format!("{}", number - number % 10);
            memory.keep(cached(&number.to_string(), 1), |key| key.name() == there);
        }
        assert!(memory.kept.lock().states.len() <= FEW + 1);
    }

    #[test]
    fn the_search_for_what_went_unseen_comes_whenever_there_are_twice_as_many() {
        let memory = Memory::default();
        let is_searched_at = |many: &usize| {
            let searched = Cell::new(false);
            memory.keep(cached(&many.to_string(), 1), |_| {
                searched.set(true);
                true
            });
            searched.get()
        };
        assert!((1..=1_000).filter(is_searched_at).eq([FEW + 1, 131, 263, 527]));
    }
}
