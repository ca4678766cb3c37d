//! The start, in order: what needs no request, the custom kinds, the states, the caches, the candidacy, the workers.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_core::Client;

use super::Operator;
use super::crds;
use super::policies;
use super::port::Opened;
use super::state::Start;
use super::webhooks::Hooks;
use crate::clock::Clock;
use crate::controller::Environment;
use crate::error::Error;
use crate::error::Result;
use crate::informer::Informers;
use crate::leader::Candidate;
use crate::leader::Setting;
use crate::manager::Life;
use crate::manager::Running;
use crate::manager::Served;
use crate::shutdown::Shutdown;
use crate::webhook::Policy;

/// How long a cache may fail to be synced before the start is given up.
const SYNCED_WITHIN: Duration = Duration::from_secs(30);

/// See [`Operator::start`]. It is boxed so that it is compiled here, and not in each program that waits for it.
pub(super) fn start(
    operator: Operator,
    client: Client,
    shutdown: Shutdown,
) -> BoxFuture<'static, Result<Running>> {
    Box::pin(started(operator, client, shutdown))
}

async fn started(operator: Operator, client: Client, shutdown: Shutdown) -> Result<Running> {
    operator.check()?;
    let definitions = operator.crds_in(client.default_namespace());
    let clock = operator.clock.unwrap_or_default();
    let failures = operator.serving.admin.as_ref().map_or(0, |admin| admin.errors);
    let mut served = operator.serving.begin(&operator.name, clock, &client).await?;
    let vitals = served.vitals.clone();
    let client = client.counted_by(vitals.requests());
    let instance = instance();
    let events = operator.events;
    let candidate = operator.leader_election.map(|election| {
        let (operator, instance) = (operator.name.as_str(), instance.as_str());
        Candidate::new(
            election,
            Setting { client: &client, operator, instance, clock, events: &events },
        )
    });
    let candidate = candidate.transpose()?;
    if let Some(candidate) = &candidate {
        vitals.elects(candidate.health());
    }
    let (unfenced, hooks, name) = (client.clone(), operator.hooks.clone(), operator.name.clone());
    served.webhooks = hooks.answers.clone();
    let fence = candidate.as_ref().map(Candidate::fence);
    let client = match &fence {
        Some(fence) => client.guarded_by(fence.clone()),
        None => client,
    };
    let (installs, policies) = (operator.installs, operator.policies);
    let kinds = Kinds { installs, definitions, policies };
    let early = kinds.ready(&hooks, &name, (&unfenced, &client), clock, &mut served).await?;
    let triggers = operator.triggers;
    let mut life = Life::new(shutdown, operator.stopped_within, triggers.connected());
    let mut states = operator.states;
    for made in operator.made_states {
        made.insert(Start { client: client.clone(), args: Arc::default() }, &mut states).await?;
    }
    let informers = operator.caches.of(Informers::new(client.clone()));
    vitals.caches(&informers);
    let environment = Environment {
        client,
        unfenced: unfenced.clone(),
        informers: informers.clone(),
        namespaces: operator.namespaces.map(Arc::from),
        fence,
        states,
        triggers: triggers.clone(),
        clock,
        instance,
        failures,
        events,
        events_end: life.events_end(),
    };
    let parts = operator.controllers.iter().map(|controller| controller.start(&environment));
    let parts = parts.collect::<Result<Vec<_>>>()?;
    vitals.controllers(&parts);
    let listers = operator.hooks.open(&informers, environment.namespaces.as_deref());
    let caches = informers.run(life.caches_end());
    life.begin(async move { Ok(caches.await?) }, synced(&informers), || missing(&informers))
        .await?;
    let (namespaces, states) = (environment.namespaces.as_ref(), &environment.states);
    hooks.bind(&environment.client, namespaces, states, listers);
    vitals.asked(&served.webhooks);
    let opened = match early {
        Some(opened) => Some(opened),
        None => hooks.open_port(&name, &unfenced, clock, &mut served).await?,
    };
    if let Some(opened) = opened {
        opened.tell(&hooks, &name, unfenced, &mut served).await?;
    }
    for part in &parts {
        tracing::debug!(controller = part.name, "started");
    }
    Ok(life.run(parts, candidate).telling(served).triggered_by(triggers))
}

/// The custom kinds, the policies, and whether the cluster is to be taught them.
struct Kinds {
    installs: bool,
    definitions: Vec<CustomResourceDefinition>,
    policies: Vec<Policy>,
}

impl Kinds {
    /// Makes sure that the cluster serves them. Who converts is there before anybody is told to ask, and before the caches do: the port that was
    /// opened for that. Of the two clients the first may write, whoever leads.
    async fn ready(
        mut self,
        hooks: &Hooks,
        name: &str,
        (unfenced, client): (&Client, &Client),
        clock: Clock,
        served: &mut Served,
    ) -> Result<Option<Box<dyn Opened>>> {
        let early = match hooks.conversions.is_empty() {
            true => None,
            false => hooks.open_port(name, unfenced, clock, served).await?,
        };
        if self.installs {
            if let Some(bundle) = early.as_ref().and_then(|opened| opened.bundle()) {
                hooks.trusted_in(name, unfenced, &mut self.definitions, &bundle);
            }
            crds::install(unfenced, name, &self.definitions).await?;
            policies::install(unfenced, name, &self.policies).await?;
        } else {
            crds::verify(client, &self.definitions).await?;
        }
        if let Some(opened) = &early {
            opened.tell_conversions(hooks, (name, unfenced), served).await?;
        }
        if !hooks.conversions.is_empty() {
            served.vitals.asked(&served.webhooks);
        }
        Ok(early)
    }
}

/// Waits until all caches are synced. It takes as long as it takes, unless the server has refused one of them all along.
async fn synced(informers: &Informers) -> Result<()> {
    while tokio::time::timeout(SYNCED_WITHIN, informers.synced()).await.is_err() {
        for informer in informers.all() {
            let health = informer.health().borrow().clone();
            if let (false, Some(reason)) = (health.synced, health.last_error)
                && health.failures > 0
            {
                return Err(Error::msg(format!(
                    "no cache of {} after {}s: {reason}",
                    informer.store().resource(),
                    SYNCED_WITHIN.as_secs()
                )));
            }
        }
    }
    Ok(())
}

/// The kinds whose caches are not synced.
fn missing(informers: &Informers) -> String {
    let all = informers.all().into_iter();
    let missing = all.filter(|informer| !informer.health().borrow().synced);
    let mut kinds: Vec<_> =
        missing.map(|informer| informer.store().resource().to_string()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.join(", ")
}

/// The host's name: it tells replicas apart in events.
fn instance() -> String {
    let name = hostname::get().ok().and_then(|name| name.into_string().ok());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "unknown-host".to_owned())
}
