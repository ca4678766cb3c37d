//! How a reconcile shows in traces: a span with `controller`, `key` and `reconcile_id` around all that it does.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use tracing::Span;

/// One run of one reconcile, to find its lines in a log. Unique in this process; the same run has the same number in a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReconcileId(u64);

impl fmt::Display for ReconcileId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

/// Numbers the reconciles of one controller.
#[derive(Debug, Default)]
pub(crate) struct ReconcileIds(AtomicU64);

impl ReconcileIds {
    pub(crate) fn next(&self) -> ReconcileId {
        ReconcileId(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// The span of one reconcile.
pub(crate) fn reconcile_span(controller: &str, key: &dyn fmt::Display, id: ReconcileId) -> Span {
    tracing::info_span!("reconcile", controller, %key, reconcile_id = %id)
}
