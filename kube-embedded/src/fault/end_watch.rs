//! A watch that ends before its time.

use super::Effect;
use crate::watch::{Ending, WatchPlan};

/// Ends a watch after so many events.
#[derive(Debug)]
pub(super) struct EndWatch {
    pub(super) after: usize,
    pub(super) ending: Ending,
}

impl Effect for EndWatch {
    fn name(&self) -> &'static str {
        "end watch"
    }

    fn watch(&self, _plan: WatchPlan) -> WatchPlan {
        WatchPlan::ending(self.after, self.ending)
    }
}
