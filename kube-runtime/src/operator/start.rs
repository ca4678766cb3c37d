//! The start, in order: what needs no request, the custom kinds, the states, the caches, the candidacy, the workers.

use std::sync::Arc;
use std::time::Duration;

use kube_core::Client;

use super::Operator;
use super::crds;
use super::state::Start;
use crate::controller::Environment;
use crate::error::Error;
use crate::error::Result;
use crate::informer::Informers;
use crate::leader::Candidate;
use crate::leader::Setting;
use crate::manager::Life;
use crate::manager::Running;
use crate::shutdown::Shutdown;

/// How long a cache may fail to be synced before the start is given up.
const SYNCED_WITHIN: Duration = Duration::from_secs(30);

/// See [`Operator::start`].
pub(super) async fn start(
    operator: Operator,
    client: Client,
    shutdown: Shutdown,
) -> Result<Running> {
    operator.check()?;
    let definitions = operator.crds();
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
    let unfenced = client.clone();
    let fence = candidate.as_ref().map(Candidate::fence);
    let client = match &fence {
        Some(fence) => client.guarded_by(fence.clone()),
        None => client,
    };
    crds::verify(&client, &definitions).await?;
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
    served.webhooks = operator.hooks.bind(&environment.client, namespaces, states, listers);
    vitals.asked(&served.webhooks);
    operator.hooks.serve(&operator.name, unfenced, clock, &mut served).await?;
    for part in &parts {
        tracing::debug!(controller = part.name, "started");
    }
    Ok(life.run(parts, candidate).telling(served).triggered_by(triggers))
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
