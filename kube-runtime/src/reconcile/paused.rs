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
