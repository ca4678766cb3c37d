//! Plays a candidate's part where the server elects: sends what the machine asks for, waits, and takes the candidate away at the end.

use std::time::Duration;

use k8s_openapi::api::coordination::v1beta1::LeaseCandidate;
use kube_core::Api;
use kube_core::Error as CoreError;
use tokio::sync::watch;
use tokio::time::Instant;

use super::Act;
use super::Candidacy;
use crate::clock::Clock;
use crate::error::Error;
use crate::error::Result;
use crate::leader::health::Health;
use crate::leader::server_time::ServerTime;
use crate::shutdown::Shutdown;

/// How long taking the candidate away may take, also at the end: the lease is given up only after that.
const WITHDRAWN: Duration = Duration::from_secs(2);
/// How long a server that elects needs for it at most, with a long reserve.
const ELECTED: Duration = Duration::from_secs(30);
/// How long it is not said again that nobody was elected.
const AGAIN: Duration = Duration::from_secs(60 * 60);

/// A candidacy and what it works with.
pub(in crate::leader) struct Nominee {
    pub(in crate::leader) candidacy: Candidacy,
    pub(in crate::leader) candidates: Api<LeaseCandidate>,
    pub(in crate::leader) name: String,
    pub(in crate::leader) clock: Clock,
    pub(in crate::leader) health: watch::Receiver<Health>,
    /// Told of the server's clock.
    pub(in crate::leader) server_time: watch::Sender<ServerTime>,
    /// How long one request may take.
    pub(in crate::leader) patience: Duration,
}

impl Nominee {
    /// Is a candidate until `end` begins, and is none after that.
    ///
    /// # Errors
    /// The server knows no candidates.
    pub(in crate::leader) async fn run(mut self, end: &Shutdown) -> Result<()> {
        let mut alone = None;
        let candidates = self.candidates.clone();
        while !end.is_begun() {
            let now = Instant::now();
            match self.candidacy.next(now, self.clock.now()) {
                Act::Wait(until) => {
                    _ = end.or(tokio::time::sleep_until(until)).await;
                    self.wonder(&mut alone);
                }
                Act::Read => {
                    if let Some(Err(unknown)) = end.or(self.read()).await {
                        return Err(unknown);
                    }
                }
                // Not `end.or`: whatever may have been made is to be taken away.
                Act::Create(candidate) => {
                    self.write(now, async { candidates.create(&candidate).await }).await?;
                }
                Act::Delete => match self.delete().await {
                    None => self.candidacy.deleted(Instant::now()),
                    Some(error) => self.failed(&error),
                },
                Act::Replace(candidate) => {
                    self.write(now, async { candidates.replace(&candidate).await }).await?;
                }
            }
        }
        self.withdraw().await;
        Ok(())
    }

    async fn read(&mut self) -> Result<()> {
        let read = self.candidates.get(self.name.as_str()).optional();
        match tokio::time::timeout(self.patience, read).await {
            Ok(Ok(found)) => {
                self.candidacy.read(Instant::now(), self.clock.now(), found);
                self.server_time.send_replace(self.candidacy.server_time());
            }
            Ok(Err(error)) if self.is_unknown(&error) => return Err(self.not_served()),
            Ok(Err(error)) => self.failed(&error.chain()),
            Err(_) => self.failed("no answer in time"),
        }
        Ok(())
    }

    async fn write(
        &mut self,
        sent: Instant,
        write: impl Future<Output = kube_core::Result<LeaseCandidate>>,
    ) -> Result<()> {
        match tokio::time::timeout(self.patience, write).await {
            Ok(Ok(candidate)) => {
                self.candidacy.written((sent, Instant::now()), self.clock.now(), candidate);
                self.server_time.send_replace(self.candidacy.server_time());
            }
            Ok(Err(error)) if self.is_unknown(&error) => return Err(self.not_served()),
            // The server has asked meanwhile.
            Ok(Err(error)) if error.is_conflict() || error.is_not_found() => {
                self.candidacy.failed(Instant::now());
            }
            Ok(Err(error)) => self.failed(&error.chain()),
            Err(_) => self.failed("no answer in time"),
        }
        Ok(())
    }

    fn failed(&mut self, error: &str) {
        self.candidacy.failed(Instant::now());
        let health = self.health.borrow();
        let (lease, identity) = (&health.lease, &health.identity);
        tracing::warn!(lease, identity, error, "failed to be a candidate for the lease");
    }

    /// Says so if nobody makes the lease: then the server serves candidates and elects none.
    fn wonder(&self, since: &mut Option<Instant>) {
        let now = Instant::now();
        let health = self.health.borrow();
        if health.holder.is_some() || health.failures > 0 {
            *since = None;
            return;
        }
        let waits = now.saturating_duration_since(*since.get_or_insert(now));
        if waits >= ELECTED {
            let (lease, identity) = (&health.lease, &health.identity);
            tracing::warn!(
                lease,
                identity,
                "nobody was elected for half a minute: kube-apiserver needs `--feature-gates=CoordinatedLeaderElection=true`"
            );
            *since = Some(now + AGAIN);
        }
    }

    /// Whether the server does not know the kind. A namespace that is missing may come; and of several servers one may know it and another not,
    /// while they are made newer.
    fn is_unknown(&self, error: &CoreError) -> bool {
        let what = error.status().map(|status| status.details.kind.as_str());
        let unknown = error.is_not_found() && what.is_none_or(str::is_empty);
        unknown && !self.candidacy.has_said_so()
    }

    fn not_served(&self) -> Error {
        let lease = &self.health.borrow().lease;
        Error::msg(format!(
            "failed to be a candidate for the lease `{lease}`: this server does not serve LeaseCandidate (coordination.k8s.io/v1beta1): start kube-apiserver with `--feature-gates=CoordinatedLeaderElection=true --runtime-config=coordination.k8s.io/v1beta1=true`, or leave out `coordinated`, so that the replicas elect one themselves"
        ))
    }

    /// Deletes the candidate; why that failed, if it did.
    async fn delete(&self) -> Option<String> {
        let deleted = self.candidates.delete(self.name.as_str());
        match tokio::time::timeout(WITHDRAWN, deleted).await {
            Ok(Err(error)) if !error.is_not_found() => Some(error.chain()),
            Err(_) => Some("no answer in time".to_owned()),
            Ok(_) => None,
        }
    }

    /// Who is no candidate is not elected again when it gives the lease up.
    async fn withdraw(&self) {
        let Some(error) = self.delete().await else { return };
        let health = self.health.borrow();
        let (lease, identity) = (&health.lease, &health.identity);
        tracing::warn!(lease, identity, error, "the candidate was not deleted: it expires");
    }
}
