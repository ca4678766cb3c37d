//! Plays a candidate's part: sends what the machine asks for, waits, tells how it stands, and gives the lease up at the end.

use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use kube_core::Api;
use kube_core::Error as CoreError;
use kube_core::ErrorKind;
use tokio::sync::watch;
use tokio::time::Instant;

use super::health::Health;
use super::health::Term;
use super::machine::Election;
use super::machine::Loss;
use super::machine::Step;
use super::server_time::ServerTime;
use crate::clock::Clock;
use crate::error::Error;
use crate::error::Result;
use crate::shutdown::Shutdown;
use crate::writeback::event::EventType;
use crate::writeback::event::Recorder;

/// How often giving up the lease is tried: again where somebody else has changed it, or the server could not take it.
const RELEASES: u32 = 3;
/// How long a server that could not take it is left alone.
const PAUSE: Duration = Duration::from_millis(250);

/// An election and what it works with.
pub(super) struct Runner {
    pub(super) election: Election,
    pub(super) leases: Api<Lease>,
    pub(super) name: String,
    pub(super) clock: Clock,
    /// What is known of the server's clock where that judges what is written here.
    pub(super) server_time: watch::Receiver<ServerTime>,
    pub(super) health: watch::Sender<Health>,
    pub(super) recorder: Recorder,
    pub(super) gives_up: bool,
}

impl Runner {
    /// Acquires and renews until `end` begins; then the lease is given up. Whoever began it has ended all work before.
    ///
    /// # Errors
    /// It led, and leads no longer.
    pub(super) async fn run(mut self, end: &Shutdown) -> Result<()> {
        while !end.is_begun() {
            let now = Instant::now();
            match self.election.next(now, self.stamp()) {
                Step::Wait(until) => _ = end.or(tokio::time::sleep_until(until)).await,
                Step::Read => _ = end.or(self.read(now)).await,
                Step::Create(lease) => {
                    let leases = self.leases.clone();
                    self.write(now, Box::pin(async move { leases.create(&lease).await })).await;
                }
                Step::Replace(lease) => {
                    let leases = self.leases.clone();
                    self.write(now, Box::pin(async move { leases.replace(&lease).await })).await;
                }
                Step::Ask(lease) => self.ask(now, &lease).await,
                Step::Lost(loss) => return Err(self.lost(loss)),
            }
        }
        self.resign().await;
        Ok(())
    }

    fn stamp(&self) -> Timestamp {
        self.server_time.borrow().stamp(Instant::now(), self.clock.now())
    }

    async fn read(&mut self, sent: Instant) {
        let read = self.leases.get(self.name.as_str()).optional();
        let read = tokio::time::timeout_at(self.election.patience(sent), read).await;
        match read.unwrap_or_else(|_| Err(too_slow())) {
            Ok(found) => {
                self.election.read(Instant::now(), found);
                self.tell(None);
            }
            Err(error) => self.failed(sent, error),
        }
    }

    /// Asks the holder to make room.
    async fn ask(&mut self, sent: Instant, lease: &Lease) {
        let asked = self.leases.replace(lease);
        let asked = tokio::time::timeout_at(self.election.patience(sent), asked).await;
        match asked.unwrap_or_else(|_| Err(too_slow())) {
            Ok(lease) => {
                self.election.asked(Instant::now(), lease);
                self.tell(None);
                let health = self.health.borrow();
                let (lease, holder) = (&health.lease, health.holder.as_deref());
                tracing::debug!(lease, identity = health.identity, holder, "asked for the lease");
            }
            Err(error) => self.failed(sent, error),
        }
    }

    async fn write(&mut self, sent: Instant, write: BoxFuture<'_, kube_core::Result<Lease>>) {
        let written = tokio::time::timeout_at(self.election.patience(sent), write).await;
        match written.unwrap_or_else(|_| Err(too_slow())) {
            Ok(lease) => {
                let led = self.election.leading().is_some();
                self.election.written(sent, Instant::now(), self.stamp(), lease.clone());
                self.tell(None);
                if !led && self.election.leading().is_some() {
                    let health = self.health.borrow().clone();
                    tracing::info!(
                        lease = health.lease,
                        identity = health.identity,
                        "became leader"
                    );
                    self.record(&lease, "became leader");
                }
            }
            Err(error) => self.failed(sent, error),
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "it ends here")]
    fn failed(&mut self, sent: Instant, error: CoreError) {
        self.election.failed(sent, Instant::now(), &error);
        self.tell(Some(&error));
        let health = self.health.borrow();
        let (lease, identity) = (&health.lease, &health.identity);
        // Two candidates that come at once are nothing to worry about.
        if error.is_conflict() || error.is_already_exists() {
            tracing::debug!(lease, identity, error = error.chain(), "somebody else was quicker");
        } else {
            tracing::warn!(lease, identity, error = error.chain(), "failed to ask for the lease");
        }
    }

    /// Publishes how it stands.
    fn tell(&self, error: Option<&CoreError>) {
        let term = self.election.leading().map(|leading| Term {
            since: leading.since,
            transitions: leading.transitions,
            until: leading.until,
        });
        let holder = self.election.holder().map(ToOwned::to_owned);
        let expires = self.election.expires();
        let wanted_by = self.election.wanted_by(Instant::now()).map(ToOwned::to_owned);
        self.health.send_modify(|health| {
            let named = holder.as_deref() == Some(&health.identity);
            if health.holder != holder && term.is_none() && !named {
                let holder = holder.as_deref().unwrap_or("nobody");
                let (lease, identity) = (&health.lease, &health.identity);
                tracing::info!(lease, identity, holder, "waiting for the lease");
            }
            health.term = term;
            health.holder = holder;
            health.expires = expires;
            health.wanted_by = wanted_by;
            health.last_error = error.map(CoreError::chain);
            health.failures = if error.is_some() { health.failures.saturating_add(1) } else { 0 };
        });
    }

    fn lost(&self, loss: Loss) -> Error {
        self.health.send_modify(|health| (health.term, health.expires) = (None, None));
        let health = self.health.borrow().clone();
        let (lease, identity) = (&health.lease, &health.identity);
        let why = match loss {
            Loss::NotThere => {
                return Error::msg(format!(
                    "there is no lease `{lease}` to take over: say where the operator's lease is with `--leader-elect-namespace`, or start without `--take-over`"
                ));
            }
            Loss::NotOurs => {
                return Error::msg(format!(
                    "the server says who holds the lease `{lease}`, so that it cannot be taken over: stop the operator in the cluster, or start without `--take-over`"
                ));
            }
            Loss::TakenBy(holder) => format!("`{holder}` holds it now"),
            Loss::Replaced(by) => format!(
                "the server prefers `{by}`, and the work did not end within what was left of the term"
            ),
            Loss::NotRenewed => match &health.last_error {
                Some(error) => format!("it could not be renewed in time: {error}"),
                None => {
                    "it could not be renewed in time: this process did not get to run".to_owned()
                }
            },
        };
        tracing::error!(lease, identity, why, "stopped leading");
        Error::msg(format!(
            "`{identity}` lost the lease `{lease}`, and others may work now: {why}; start the process again"
        ))
    }

    /// Ends the term and says so in the lease, so that others need not wait for it to expire.
    #[expect(clippy::disallowed_methods, reason = "a pump waits")]
    async fn resign(mut self) {
        let stamp = self.stamp();
        let led = self.election.leading().is_some();
        let released = self.election.resign(stamp);
        self.health.send_modify(|health| (health.term, health.expires) = (None, None));
        let Some(mut lease) = released else { return };
        let (place, identity) = {
            let health = self.health.borrow();
            (health.lease.clone(), health.identity.clone())
        };
        if led {
            tracing::info!(lease = place, identity, "stopped leading");
            self.record(&lease, "stopped leading");
            if !self.gives_up {
                return;
            }
        }
        for left in (0..RELEASES).rev() {
            let Err(error) = self.leases.replace(&lease).await else {
                self.health.send_modify(|health| health.holder = None);
                return;
            };
            // Only a server that answers is asked again: one that is silent would hold up the end.
            let busy = error.is_retryable() && error.status().is_some();
            if left > 0 && error.is_conflict() {
                // The holder in what is read counts, not what is remembered: a successor's lease is not ours to give up.
                let Some(newer) = self.again(stamp).await else { return };
                lease = newer;
            } else if left > 0 && busy {
                tokio::time::sleep(PAUSE).await;
            } else {
                let error = error.chain();
                tracing::warn!(
                    lease = place,
                    identity,
                    error,
                    "the lease was not given up: it expires"
                );
                return;
            }
        }
    }

    async fn again(&self, stamp: Timestamp) -> Option<Lease> {
        let read = self.leases.get(self.name.as_str()).optional().await;
        self.election.release(read.ok()??, stamp)
    }

    fn record(&self, lease: &Lease, what: &str) {
        let identity = self.health.borrow().identity.clone();
        self.recorder.record(
            lease,
            EventType::Normal,
            "LeaderElection",
            format!("{identity} {what}"),
        );
    }
}

fn too_slow() -> CoreError {
    CoreError::new(ErrorKind::Timeout, "no answer about the lease in time")
}
