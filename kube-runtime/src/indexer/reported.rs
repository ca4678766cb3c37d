//! Objects that cannot be read: which, at which version, in; whether that is news, out.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::hash::DefaultHasher;
use std::hash::Hash as _;
use std::hash::Hasher as _;

use hashbrown::HashMap;
use kube_core::wire::Malformed;

use crate::flow::Key;
use crate::flow::order;

/// So many without a name are remembered; then they may be told of once more.
const NAMELESS: usize = 1024;
/// From so many on it is looked at which of them are there still.
const FEW: usize = 64;

/// What was told of already. It holds no more than twice as many as there are objects that cannot be read, and a few.
#[derive(Debug)]
pub(super) struct Reported {
    versions: HashMap<Key, Box<str>>,
    /// What is told apart by its bytes only.
    nameless: HashSet<u64>,
    many: usize,
}

impl Default for Reported {
    fn default() -> Self {
        Self { versions: HashMap::new(), nameless: HashSet::new(), many: FEW }
    }
}

impl Reported {
    /// Whether nobody was told of this version yet, or of a later one: who is behind reads what others have read long ago.
    pub(super) fn is_news(&mut self, key: &Key, version: &str) -> bool {
        if let Some(known) = self.versions.get(key)
            && (**known == *version || order(version, known) == Some(Ordering::Less))
        {
            return false;
        }
        self.versions.insert(key.clone(), version.into());
        true
    }

    /// The same of what nobody knows the name of.
    pub(super) fn is_news_without_a_name(&mut self, malformed: &Malformed) -> bool {
        let mut hasher = DefaultHasher::new();
        malformed.namespace.hash(&mut hasher);
        malformed.bytes.hash(&mut hasher);
        if self.nameless.len() >= NAMELESS {
            self.nameless.clear();
        }
        self.nameless.insert(hasher.finish())
    }

    /// Versions begin anew: the server has gone back in time.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Forgets those that are gone, when there may be many of them.
    pub(super) fn shed(&mut self, is_there: impl Fn(&Key) -> bool) {
        if self.versions.len() >= self.many {
            self.versions.retain(|key, _| is_there(key));
            self.many = FEW.max(self.versions.len() * 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use kube_core::RawObject;

    use super::*;

    #[test]
    fn what_is_gone_is_forgotten_and_what_is_there_is_not_told_again() {
        let mut reported = Reported::default();
        let there = Key::cluster("there");
        assert!(reported.is_news(&there, "7"));
        for number in 0..10_000 {
            assert!(reported.is_news(&Key::cluster(&format!("gone-{number}")), "7"));
            reported.shed(|key| *key == there);
        }
        assert!(reported.versions.len() <= FEW, "{}", reported.versions.len());
        assert!(!reported.is_news(&there, "7") && reported.is_news(&there, "8"));
    }

    #[test]
    fn beside_many_that_are_there_the_gone_are_forgotten_too_and_the_search_comes_seldom() {
        let (mut reported, looks) = (Reported::default(), Cell::new(0));
        let mut read = |name: &str, number: usize| {
            assert!(reported.is_news(&Key::cluster(&format!("{name}-{number}")), "7"));
            reported.shed(|key| {
                looks.set(looks.get() + 1);
                key.name().starts_with("there")
            });
            reported.versions.len()
        };
        let there = (0..1_000).map(|number| read("there", number)).max();
        assert_eq!(there, Some(1_000));
        assert!(looks.get() <= 2_000, "{} looks for 1,000 objects", looks.get());
        let most = (0..10_000).map(|number| read("gone", number)).max();
        assert!(most.is_some_and(|most| most <= 2_000), "{most:?}");
        assert!(looks.get() <= 24_000, "{} looks for 11,000 objects", looks.get());
    }

    #[test]
    fn a_version_is_told_once_whoever_reads_an_older_one_later() {
        let (mut reported, key) = (Reported::default(), Key::cluster("a"));
        let told =
            ["7", "7", "9", "7", "10", "9", "11"].map(|version| reported.is_news(&key, version));
        assert_eq!(told, [true, false, true, false, true, false, true]);
        reported.clear();
        assert!(reported.is_news(&key, "7"), "of another history");
    }

    #[test]
    fn what_has_no_name_is_told_apart_by_its_bytes() {
        let mut reported = Reported::default();
        let mut told = |json: &'static str| {
            let malformed = RawObject::parse(json.into(), false).unwrap_err();
            reported.is_news_without_a_name(&malformed)
        };
        assert_eq!(["null", "{}", "null"].map(&mut told), [true, true, false]);
    }
}
