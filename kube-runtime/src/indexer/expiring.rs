//! Values that are good for a while: a key, a value and the present time in; the value out, until its time has passed.
//!
//! Mirrors: client-go tools/cache/expiration_cache.go
//! Differs: the time is handed in; what has expired is thrown away when something is put in, not by whoever reads.

use std::hash::Hash;
use std::time::Duration;

use hashbrown::HashMap;
use tokio::time::Instant;

/// So many entries are kept before the first search for what has expired.
const LEAST: usize = 64;

/// A map whose entries are there for a time after they were put in: for answers of other systems that a reconcile need not ask for again.
///
/// It keeps at most twice as many entries as there were live ones at the last search, and 64.
///
/// ```
/// use std::time::Duration;
///
/// use kube_runtime::indexer::Expiring;
/// use tokio::time::Instant;
///
/// let mut prices = Expiring::new(Duration::from_secs(60));
/// let now = Instant::now();
/// prices.insert("eu-west", 12, now);
/// assert_eq!(prices.get("eu-west", now + Duration::from_secs(59)), Some(&12));
/// assert_eq!(prices.get("eu-west", now + Duration::from_secs(60)), None);
/// ```
#[derive(Debug, Clone)]
pub struct Expiring<K, V> {
    lasts: Duration,
    entries: HashMap<K, (V, Instant)>,
    /// At how many entries the next search is due.
    search_at: usize,
}

impl<K: Eq + Hash, V> Expiring<K, V> {
    /// An empty map whose entries last so long.
    #[must_use]
    pub fn new(lasts: Duration) -> Self {
        Self { lasts, entries: HashMap::new(), search_at: LEAST }
    }

    /// Puts a value in, from `now` on; one that was there is replaced, and its time begins anew.
    pub fn insert(&mut self, key: K, value: V, now: Instant) {
        if self.entries.len() >= self.search_at {
            self.entries.retain(|_, (_, since)| is_live(self.lasts, *since, now));
            self.search_at = (2 * self.entries.len()).max(LEAST);
        }
        self.entries.insert(key, (value, now));
    }

    /// The value of a key, if its time has not passed.
    #[must_use]
    pub fn get<Q>(&self, key: &Q, now: Instant) -> Option<&V>
    where
        Q: Hash + hashbrown::Equivalent<K> + ?Sized,
    {
        let (value, since) = self.entries.get(key)?;
        is_live(self.lasts, *since, now).then_some(value)
    }

    /// Every entry whose time has not passed, in no order.
    pub fn iter(&self, now: Instant) -> impl Iterator<Item = (&K, &V)> {
        let live =
            self.entries.iter().filter(move |(_, (_, since))| is_live(self.lasts, *since, now));
        live.map(|(key, (value, _))| (key, value))
    }

    /// Takes a value out, if its time has not passed.
    pub fn remove<Q>(&mut self, key: &Q, now: Instant) -> Option<V>
    where
        Q: Hash + hashbrown::Equivalent<K> + ?Sized,
    {
        let (value, since) = self.entries.remove(key)?;
        is_live(self.lasts, since, now).then_some(value)
    }
}

fn is_live(lasts: Duration, since: Instant, now: Instant) -> bool {
    now.saturating_duration_since(since) < lasts
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn there(entries: &Expiring<&'static str, i32>, now: Instant) -> Vec<(&'static str, i32)> {
        let mut there: Vec<_> = entries.iter(now).map(|(key, value)| (*key, *value)).collect();
        there.sort_unstable();
        there
    }

    #[test]
    fn an_entry_that_has_expired_is_not_there_and_adding_it_again_renews_it() {
        let now = Instant::now();
        let mut entries = Expiring::new(MINUTE);
        entries.insert("a", 1, now);
        entries.insert("b", 2, now + MINUTE / 2);
        assert_eq!(there(&entries, now + MINUTE / 2), [("a", 1), ("b", 2)]);
        assert_eq!(there(&entries, now + MINUTE), [("b", 2)]);
        assert_eq!(entries.get("a", now + MINUTE), None);
        assert_eq!(entries.clone().remove("a", now + MINUTE), None);
        entries.insert("a", 3, now + MINUTE);
        assert_eq!(entries.get("a", now + MINUTE + MINUTE / 2), Some(&3));
        assert_eq!(there(&entries, now + MINUTE + MINUTE / 2), [("a", 3)]);
        assert_eq!(entries.remove("a", now + MINUTE), Some(3));
        assert_eq!(entries.get("a", now + MINUTE), None);
    }

    #[test]
    fn what_has_expired_costs_no_memory_for_ever() {
        let now = Instant::now();
        let mut entries = Expiring::new(MINUTE);
        for second in 0..100_000 {
            entries.insert(second, (), now + Duration::from_secs(second));
            assert!(entries.entries.len() <= 2 * 64, "{} are kept", entries.entries.len());
        }
    }

    #[test]
    fn the_search_for_what_has_expired_comes_seldom() {
        let now = Instant::now();
        let mut entries = Expiring::new(MINUTE);
        (0..10_000).for_each(|number| entries.insert(number, (), now));
        assert_eq!(entries.search_at, 16_384, "each time after twice as many");
    }
}
