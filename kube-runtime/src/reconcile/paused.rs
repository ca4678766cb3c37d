//! Objects that somebody took out of a controller's hands by an annotation: an object in, whether it is left alone out.
//!
//! Promises:
//! - A paused object is neither reconciled nor cleaned up after, whatever asks for it. A reconcile that runs already is not stopped.
//! - One that was passed over is reconciled when the annotation goes, also if a predicate hides that change.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use hashbrown::HashSet;
use kube_core::ApiResource;
use kube_core::Resource;
use kube_core::ResourceExt;
use parking_lot::Mutex;

use crate::flow::Key;
use crate::writeback::mark;

/// What an annotation has to say; anything else, and no annotation, pauses nothing.
const YES: &str = "true";

/// The objects of one controller that are paused.
#[derive(Debug)]
pub(crate) struct Paused {
    annotation: String,
    /// Those that the controller would have reconciled otherwise: at most one key for each object that is paused.
    passed: Mutex<HashSet<Key>>,
    /// How many those are: while there are none, nobody takes the lock.
    many: AtomicUsize,
}

impl Paused {
    pub(crate) fn new(controller: &str, resource: &ApiResource) -> Self {
        Self {
            annotation: annotation(controller, resource),
            passed: Mutex::default(),
            many: AtomicUsize::new(0),
        }
    }

    /// Whether the object says that it is paused.
    pub(crate) fn is_said_by<K: Resource>(&self, object: &K) -> bool {
        object.annotations().get(&self.annotation).is_some_and(|said| said == YES)
    }

    /// The object is passed over, now or again.
    pub(crate) fn pass_over(&self, key: &Key) {
        if self.change(|passed| passed.insert(key.clone())) {
            tracing::debug!(annotation = self.annotation, "paused: it is not reconciled");
        }
    }

    /// Whether it was passed over and not reconciled since.
    pub(crate) fn has_passed(&self, key: &Key) -> bool {
        self.len() > 0 && self.passed.lock().contains(key)
    }

    /// It is paused no longer, or gone.
    pub(crate) fn forget(&self, key: &Key) {
        if self.len() > 0 {
            self.change(|passed| passed.remove(key));
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.many.load(Ordering::Acquire)
    }

    fn change(&self, change: impl FnOnce(&mut HashSet<Key>) -> bool) -> bool {
        let mut passed = self.passed.lock();
        let changed = change(&mut passed);
        self.many.store(passed.len(), Ordering::Release);
        changed
    }
}

/// The annotation that pauses an object: in the group of its kind it does so for all who work on it.
pub(crate) fn annotation(controller: &str, resource: &ApiResource) -> String {
    mark::name(controller, "paused", resource)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shops::Shop;

    fn shop(said: Option<&str>) -> Shop {
        let mut shop = Shop::default();
        let annotation = |said: &str| ("test.example.com/paused".to_owned(), said.to_owned());
        shop.metadata.annotations = said.map(|said| [annotation(said)].into());
        shop
    }

    #[test]
    fn only_the_annotation_that_says_true_pauses_an_object() {
        let paused = Paused::new("keep", &Shop::RESOURCE);
        assert!(paused.is_said_by(&shop(Some("true"))));
        for said in [None, Some(""), Some("false"), Some("True")] {
            assert!(!paused.is_said_by(&shop(said)), "{said:?}");
        }
    }

    #[test]
    fn who_was_passed_over_is_known_and_counted_once_until_it_is_forgotten() {
        let paused = Paused::new("keep", &Shop::RESOURCE);
        let [one, other, third] = ["one", "other", "third"].map(|name| Key::namespaced("a", name));
        assert!(!paused.has_passed(&one));
        paused.forget(&one);
        for key in [&one, &other, &one] {
            paused.pass_over(key);
        }
        assert_eq!(paused.len(), 2);
        assert!(paused.has_passed(&one) && paused.has_passed(&other));
        assert!(!paused.has_passed(&third));
        paused.forget(&one);
        assert_eq!((paused.len(), paused.has_passed(&one)), (1, false));
        assert!(paused.change(|passed| passed.insert(third.clone())));
        assert!(!paused.change(|passed| passed.insert(third.clone())), "it is there already");
    }
}
