//! An operator that runs: something to wait for, to ask how busy it is, and to stop.

use std::fmt;

use tokio::sync::oneshot;

use super::Group;
use crate::error::Result;
use crate::flow::Key;
use crate::shutdown::Shutdown;
use crate::workqueue::Depth;
use crate::workqueue::WorkQueue;

/// What `Operator::start` returns when all caches are synced and the workers have begun. Dropping it aborts everything that was started.
#[must_use = "dropping it aborts the operator"]
pub struct Running {
    group: Group,
    ended: oneshot::Receiver<Result<()>>,
    queues: Vec<(String, WorkQueue<Key>)>,
    stop: Shutdown,
}

impl Running {
    pub(crate) fn new(
        group: Group,
        ended: oneshot::Receiver<Result<()>>,
        queues: Vec<(String, WorkQueue<Key>)>,
        stop: Shutdown,
    ) -> Self {
        Self { group, ended, queues, stop }
    }

    /// Waits for the end: running reconciles finished, their events delivered, the caches closed.
    ///
    /// # Errors
    /// What ended it before it was asked to, or what did not end in time.
    ///
    /// # Cancel safety
    /// Dropping the future drops this, which aborts the operator.
    pub async fn stopped(mut self) -> Result<()> {
        if let Some(Err(panicked)) = self.group.next().await {
            return Err(panicked);
        }
        self.ended.await.unwrap_or(Ok(()))
    }

    /// Asks it to stop, whatever else uses the shutdown it was started with, and waits for the end.
    ///
    /// # Errors
    /// As [`stopped`](Self::stopped).
    pub async fn stop(self) -> Result<()> {
        self.stop.begin();
        self.stopped().await
    }

    /// How busy each controller is.
    #[must_use]
    pub fn depths(&self) -> Vec<(&str, Depth)> {
        self.queues.iter().map(|(name, queue)| (name.as_str(), queue.depth())).collect()
    }

    /// Whether no reconcile runs and none is due now.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.depths().iter().all(|(_, depth)| depth.queued == 0 && depth.processing == 0)
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Running").field("depths", &self.depths()).finish_non_exhaustive()
    }
}
