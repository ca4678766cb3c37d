//! What the reconciles of a test write down, as a state of their operator.

use std::sync::Arc;
use std::sync::Mutex;

/// Entries that are taken in the order of the alphabet.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn add(&self, entry: String) {
        self.0.lock().unwrap().push(entry);
    }

    /// Each once: a write of its own leads to a reconcile as well.
    pub(crate) fn take(&self) -> Vec<String> {
        let mut log = std::mem::take(&mut *self.0.lock().unwrap());
        log.sort_unstable();
        log.dedup();
        log
    }
}
