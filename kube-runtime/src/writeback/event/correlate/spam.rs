//! How many events one object may have: an object and `now` in, whether there is one more for it out.
//!
//! Mirrors: client-go tools/record/events_cache.go (`EventSourceObjectSpamFilter`)

use std::collections::HashMap;
use std::hash::Hash;

use jiff::SignedDuration;
use jiff::Timestamp;

/// So many objects are remembered at most.
const REMEMBERED: usize = 4096;

/// A token bucket for each object.
#[derive(Debug)]
pub(super) struct SpamFilter<K> {
    burst: u32,
    refill: SignedDuration,
    /// When the bucket is full again: one number says how full it is now.
    full_at: HashMap<K, Timestamp>,
}

impl<K: Hash + Eq + Clone> SpamFilter<K> {
    /// So many at once, and one more in each `refill`.
    pub(super) fn new(burst: u32, refill: SignedDuration) -> Self {
        Self { burst: burst.max(1), refill, full_at: HashMap::new() }
    }

    /// Takes one; false if there is none left.
    pub(super) fn admits(&mut self, object: &K, now: Timestamp) -> bool {
        let full_at = self.full_at.get(object).copied().unwrap_or(now).max(now);
        let Ok(taken) = full_at.checked_add(self.refill) else { return true };
        let whole = self.refill.saturating_mul(i32::try_from(self.burst).unwrap_or(i32::MAX));
        if taken.duration_since(now) > whole {
            return false;
        }
        if self.full_at.len() >= REMEMBERED && !self.full_at.contains_key(object) {
            self.forget(now);
        }
        self.full_at.insert(object.clone(), taken);
        true
    }

    /// Forgets full buckets, and if there are none the fullest.
    fn forget(&mut self, now: Timestamp) {
        self.full_at.retain(|_, full_at| *full_at > now);
        if self.full_at.len() >= REMEMBERED {
            let fullest = self.full_at.iter().min_by_key(|(_, full_at)| **full_at);
            if let Some(fullest) = fullest.map(|(object, _)| object.clone()) {
                self.full_at.remove(&fullest);
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

    fn filter() -> SpamFilter<u32> {
        SpamFilter::new(25, SignedDuration::from_secs(300))
    }

    #[test]
    fn twenty_five_at_once_and_one_more_every_five_minutes() {
        let mut filter = filter();
        let admitted = |filter: &mut SpamFilter<u32>, seconds, tries: usize| {
            (0..tries).filter(|_| filter.admits(&1, at(seconds))).count()
        };
        assert_eq!(admitted(&mut filter, 0, 40), 25);
        assert_eq!(admitted(&mut filter, 299, 5), 0);
        assert_eq!(admitted(&mut filter, 300, 5), 1);
        assert_eq!(admitted(&mut filter, 900, 5), 2);
        assert_eq!(admitted(&mut filter, 100_000, 40), 25, "it is never more than full");
    }

    #[test]
    fn a_thousand_objects_have_a_bucket_each() {
        let mut filter = filter();
        assert!((0..1000).all(|object| filter.admits(&object, at(0))));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_the_fullest_bucket_is_forgotten_first() {
        let mut filter = filter();
        while filter.admits(&0, at(0)) {}
        (1..20_000).for_each(|object| _ = filter.admits(&object, at(1)));
        assert!(filter.full_at.len() <= REMEMBERED);
        assert!(!filter.admits(&0, at(2)), "an empty bucket is not forgotten");
    }
}
