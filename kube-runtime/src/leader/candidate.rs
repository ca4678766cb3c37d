//! A replica that takes part: how it takes part and its client in; a future, a guard and its health out.

use std::fmt;
use std::sync::Arc;

use k8s_openapi::api::coordination::v1::Lease;
use kube_core::Client;
use kube_core::Resource;
use kube_core::client::RequestGuard;
use tokio::sync::watch;

use super::LeaderElection;
use super::Place;
use super::fence::Fence;
use super::health::Health;
use super::machine::Election;
use super::run::Runner;
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
    deliverers: Vec<Deliverer>,
    /// Begun when nothing more is recorded.
    told: Shutdown,
    health: watch::Receiver<Health>,
}

impl Candidate {
    /// # Errors
    /// An identity without a letter.
    pub(crate) fn new(config: LeaderElection, setting: Setting<'_>) -> Result<Self> {
        let Setting { client, operator, instance, clock, events } = setting;
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
        let runner = Runner {
            leases: client.api(Lease::RESOURCE, Some(&place.namespace)),
            name: place.name,
            election,
            clock,
            health: sender,
            recorder,
            gives_up: config.gives_up,
        };
        Ok(Self { runner, deliverers, told, health })
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
    /// It led, and leads no longer.
    pub(crate) async fn run(self, end: Shutdown) -> Result<()> {
        let Self { runner, deliverers, told, .. } = self;
        let elect = async {
            let ended = runner.run(&end).await;
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

/// The host's name and 128 random bits, in the form of a version 4 UUID.
fn identity(instance: &str, random: &mut fastrand::Rng) -> String {
    let uuid = uuid::Builder::from_random_bytes(random.u128(..).to_be_bytes()).into_uuid();
    format!("{instance}_{uuid}")
}

impl fmt::Debug for Candidate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Candidate").field(&*self.health.borrow()).finish()
    }
}
