//! A replica that takes part: how it takes part and its client in; a future, a guard and its health out.

use std::fmt;
use std::sync::Arc;

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::coordination::v1beta1::LeaseCandidate;
use kube_core::Client;
use kube_core::Resource;
use kube_core::client::RequestGuard;
use tokio::sync::watch;

use super::LeaderElection;
use super::Place;
use super::candidacy::Candidacy;
use super::candidacy::Nomination;
use super::candidacy::Nominee;
use super::candidacy::Versions;
use super::fence::Fence;
use super::health::Health;
use super::machine::Election;
use super::run::Runner;
use super::server_time::ServerTime;
use crate::clock::Clock;
use crate::error::Error;
use crate::error::Result;
use crate::shutdown::Shutdown;
use crate::writeback::event;
use crate::writeback::event::Deliverer;
use crate::writeback::event::Events;
use crate::writeback::event::Reporter;

/// What a candidate is started with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting<'start> {
    pub(crate) client: &'start Client,
    /// The operator's name.
    pub(crate) operator: &'start str,
    /// Tells this process from others that run the same operator.
    pub(crate) instance: &'start str,
    pub(crate) clock: Clock,
    pub(crate) events: &'start Events,
}

/// One replica's part in an election.
pub(crate) struct Candidate {
    runner: Runner,
    /// Where the server elects.
    nominee: Option<Nominee>,
    deliverers: Vec<Deliverer>,
    /// Begun when nothing more is recorded.
    told: Shutdown,
    health: watch::Receiver<Health>,
}

impl Candidate {
    /// # Errors
    /// An identity without a letter; with a coordinated election, one that cannot be a name, no version, or that it is to be taken over.
    pub(crate) fn new(config: LeaderElection, setting: Setting<'_>) -> Result<Self> {
        let Setting { client, operator, instance, clock, events } = setting;
        let versions = versions(&config)?;
        let mut random = config.seed.unwrap_or_default().stream("leader election");
        let place = Place {
            namespace: config.namespace.unwrap_or_else(|| client.default_namespace().to_owned()),
            name: config.lease.unwrap_or_else(|| operator.to_owned()),
            identity: config.identity.unwrap_or_else(|| identity(instance, &mut random)),
            labels: config.labels,
        };
        if place.identity.is_empty() {
            return Err(Error::msg(format!(
                "operator `{operator}` has the empty identity, which means that nobody holds the lease: leave it out, or use the Pod's name"
            )));
        }
        let invalid =
            |character: char| !(character.is_ascii_alphanumeric() || "-._".contains(character));
        if versions.is_some() && (place.identity.len() > 253 || place.identity.contains(invalid)) {
            return Err(Error::msg(format!(
                "operator `{operator}` has the identity `{}`, and a coordinated election needs the name of an object: use at most 253 letters, digits, `-`, `_` and `.`",
                place.identity
            )));
        }
        let shown = format!("{}/{}", place.namespace, place.name);
        let (sender, health) = watch::channel(Health::new(shown, place.identity.clone()));
        let client = client.clone().with_timeout(config.timing.request());
        let client = client.with_field_manager(operator);
        let told = Shutdown::new();
        let reporter =
            Reporter { client: &client, controller: operator, instance, action: "Elect", clock };
        let (recorder, deliverers) = event::broadcast(reporter, events, &told);
        let mut election = Election::new(config.timing, place.clone(), random);
        if config.takes_over {
            election = election.taking_over();
        }
        let (tells, server_time) = watch::channel(ServerTime::default());
        let nominee = versions.map(|versions| Nominee {
            candidates: client.api(LeaseCandidate::RESOURCE, Some(&place.namespace)),
            name: place.identity.clone(),
            clock,
            health: health.clone(),
            server_time: tells,
            patience: config.timing.request(),
            candidacy: Candidacy::new(place.nomination(versions), config.timing.retry()),
        });
        if nominee.is_some() {
            election = election.coordinated();
        }
        let runner = Runner {
            leases: client.api(Lease::RESOURCE, Some(&place.namespace)),
            name: place.name,
            election,
            clock,
            server_time,
            health: sender,
            recorder,
            gives_up: config.gives_up,
        };
        Ok(Self { runner, nominee, deliverers, told, health })
    }

    /// What keeps clients from writing while this one does not lead.
    pub(crate) fn fence(&self) -> Arc<dyn RequestGuard> {
        Arc::new(Fence::new(self.health.clone()))
    }

    /// How it stands.
    pub(crate) fn health(&self) -> watch::Receiver<Health> {
        self.health.clone()
    }

    /// Takes part until `end` begins, and gives the lease up then.
    ///
    /// # Errors
    /// It led, and leads no longer; or the server is to elect, and does not know candidates.
    pub(crate) async fn run(self, end: Shutdown) -> Result<()> {
        let Self { runner, nominee, deliverers, told, .. } = self;
        let elect = async {
            let ended = match nominee {
                None => runner.run(&end).await,
                Some(nominee) => coordinated(runner, nominee, &end).await,
            };
            told.begin();
            ended
        };
        let elect = std::pin::pin!(elect);
        let deliver = futures::future::join_all(deliverers.into_iter().map(|(_, deliver)| deliver));
        match futures::future::select(elect, deliver).await {
            futures::future::Either::Left((Err(lost), _)) => Err(lost),
            futures::future::Either::Left((Ok(()), deliver)) => {
                deliver.await;
                Ok(())
            }
            futures::future::Either::Right((_, elect)) => elect.await,
        }
    }
}

/// The lease is given up when this one is no candidate any more: else it could be elected again.
async fn coordinated(runner: Runner, nominee: Nominee, end: &Shutdown) -> Result<()> {
    let withdrawn = Shutdown::new();
    let nominate = std::pin::pin!(async {
        let ended = nominee.run(end).await;
        withdrawn.begin();
        ended
    });
    let mut server_time = runner.server_time.clone();
    let elect = std::pin::pin!(async {
        // What is written about the lease is judged by the server's clock.
        _ = withdrawn.or(server_time.wait_for(ServerTime::is_known)).await;
        runner.run(&withdrawn).await
    });
    match futures::future::select(elect, nominate).await {
        futures::future::Either::Left((ended, _)) => ended,
        futures::future::Either::Right((Ok(()), elect)) => elect.await,
        // It has led nothing: nobody names who is no candidate.
        futures::future::Either::Right((Err(unknown), _)) => Err(unknown),
    }
}

/// What a candidate says it is, if the server is to elect.
fn versions(config: &LeaderElection) -> Result<Option<Versions>> {
    let Some(version) = &config.version else { return Ok(None) };
    if config.takes_over {
        return Err(Error::msg(
            "a coordinated election cannot be taken over: the server elects the oldest version, whoever asks; leave out `--take-over`",
        ));
    }
    Versions::new(version, config.emulates.as_deref()).map(Some)
}

/// The host's name and 128 random bits, in the form of a version 4 UUID.
fn identity(instance: &str, random: &mut fastrand::Rng) -> String {
    let uuid = uuid::Builder::from_random_bytes(random.u128(..).to_be_bytes()).into_uuid();
    format!("{instance}_{uuid}")
}

impl Place {
    /// Who would hold the lease, as the server is told.
    fn nomination(&self, versions: Versions) -> Nomination {
        Nomination {
            namespace: self.namespace.clone(),
            name: self.identity.clone(),
            lease: self.name.clone(),
            labels: self.labels.clone(),
            versions,
        }
    }
}

impl fmt::Debug for Candidate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Candidate").field(&*self.health.borrow()).finish()
    }
}
