//! What a request is to be warned about, whatever becomes of it: warnings in, in their order and once each, out.

use parking_lot::Mutex;
use std::sync::Arc;

/// The warnings of one request; clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Warned(Arc<Mutex<Vec<String>>>);

impl Warned {
    pub(crate) fn add(&self, warning: String) {
        let mut warnings = self.0.lock();
        // A write that is done again is reviewed again.
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    /// All so far; they are not told twice.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock())
    }
}
