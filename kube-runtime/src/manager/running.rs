//! An operator that runs: something to wait for, to ask how busy it is, and to stop.

use std::fmt;
use std::net::SocketAddr;

use kube_core::Resource;
use tokio::sync::oneshot;
use tokio::sync::watch;

use super::Group;
use super::Served;
use crate::endpoint::Vitals;
use crate::error::Error;
use crate::error::Result;
use crate::flow::Key;
use crate::leader::Health;
use crate::reconcile::Trigger;
use crate::reconcile::trigger::Triggers;
use crate::shutdown::Shutdown;
use crate::webhook::Webhooks;
use crate::workqueue::Depth;
use crate::workqueue::WorkQueue;

/// What `Operator::start` returns when all caches are synced and the workers have begun, or wait for leadership. Dropping it aborts everything that was started.
#[must_use = "dropping it aborts the operator"]
pub struct Running {
    group: Group,
    ended: oneshot::Receiver<Result<()>>,
    queues: Vec<(String, WorkQueue<Key>)>,
    stop: Shutdown,
    leadership: Option<watch::Receiver<Health>>,
    served: Served,
    triggers: Triggers,
}

impl Running {
    pub(crate) fn new(
        group: Group,
        ended: oneshot::Receiver<Result<()>>,
        queues: Vec<(String, WorkQueue<Key>)>,
        stop: Shutdown,
        leadership: Option<watch::Receiver<Health>>,
    ) -> Self {
        let (served, triggers) = (Served::default(), Triggers::default());
        Self { group, ended, queues, stop, leadership, served, triggers }
    }

    /// It tells of itself what this says, until it has ended.
    pub(crate) fn telling(mut self, served: Served) -> Self {
        served.vitals.stops_with(self.stop.clone());
        self.served = served;
        self
    }

    /// These ask for its reconciles.
    pub(crate) fn triggered_by(mut self, triggers: Triggers) -> Self {
        self.triggers = triggers;
        self
    }

    /// Asks for reconciles of a kind from outside of the cluster, as from a webhook or a channel.
    ///
    /// # Errors
    /// When no controller that runs reconciles the kind.
    pub fn trigger<K: Resource>(&self) -> Result<Trigger<K>> {
        if self.triggers.has(&K::RESOURCE) {
            return Ok(Trigger::new(self.triggers.clone()));
        }
        Err(Error::msg(format!("no controller that runs reconciles {}", K::RESOURCE)))
    }

    /// Waits for the end: running reconciles finished, their events delivered, the caches closed. It comes when it was asked to stop, by the
    /// shutdown or by a candidate that takes over the lease, and when something failed.
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
        let ended = self.ended.await.unwrap_or(Ok(()));
        self.served.close().await;
        ended
    }

    /// Asks it to stop, whatever else uses the shutdown it was started with, and waits for the end.
    ///
    /// # Errors
    /// As [`stopped`](Self::stopped).
    pub async fn stop(self) -> Result<()> {
        self.stop.begin();
        self.stopped().await
    }

    /// Whether this process may write now: it leads, or there is no leader election.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.leadership.as_ref().is_none_or(|health| health.borrow().is_leader())
    }

    /// How it stands with the leader election, to look at and to wait for changes of; none without one.
    #[must_use]
    pub fn leadership(&self) -> Option<watch::Receiver<Health>> {
        self.leadership.clone()
    }

    /// Waits until this process leads; at once without leader election.
    ///
    /// # Errors
    /// The operator has ended before.
    ///
    /// # Cancel safety
    /// Dropping the future costs nothing.
    pub async fn leading(&self) -> Result<()> {
        let Some(mut health) = self.leadership() else { return Ok(()) };
        match health.wait_for(Health::is_leader).await {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::msg("the operator has ended before it led")),
        }
    }

    /// How it is doing, for a program that serves that itself.
    #[must_use]
    pub fn vitals(&self) -> Vitals {
        self.served.vitals.clone()
    }

    /// All its numbers, in Prometheus' text format.
    #[must_use]
    pub fn metrics(&self) -> String {
        self.served.vitals.metrics()
    }

    /// Where its metrics are served, if they are.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.served.metrics
    }

    /// Where its health is served, if it is.
    #[must_use]
    pub fn probes_address(&self) -> Option<SocketAddr> {
        self.served.probes
    }

    /// Where its live page is served, if it is.
    #[must_use]
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.served.admin.as_ref().map(|(address, _)| *address)
    }

    /// What a person opens to see the live page. It holds the token if that was made at the start, so it is not for logs.
    #[must_use]
    pub fn admin_url(&self) -> Option<&str> {
        self.served.admin.as_ref().map(|(_, url)| url.as_str())
    }

    /// Its webhooks, for a program that serves them itself: an `AdmissionReview` in, the answer out. They answer as long as this runs.
    #[must_use]
    pub fn webhooks(&self) -> Webhooks {
        self.served.webhooks.clone()
    }

    /// Where its webhooks are served, if they are.
    #[must_use]
    pub fn webhooks_address(&self) -> Option<SocketAddr> {
        self.served.webhooks_at
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
