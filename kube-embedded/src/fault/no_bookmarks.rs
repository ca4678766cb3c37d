//! A watch that is never told how far it is.

use super::Effect;
use crate::watch::WatchPlan;

/// Keeps bookmarks back.
#[derive(Debug)]
pub(super) struct NoBookmarks;

impl Effect for NoBookmarks {
    fn name(&self) -> &'static str {
        "no bookmarks"
    }

    fn watch(&self, plan: WatchPlan) -> WatchPlan {
        plan.without_bookmarks()
    }
}
