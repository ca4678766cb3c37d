//! PodDisruptionBudgets: any change of a Pod or a budget in, how many Pods may go now out.
//!
//! Mirrors: kubernetes pkg/controller/disruption/disruption.go
//! Differs: how many Pods are expected is how many there are, not what their controllers want.

use super::Agenda;
use super::Behaviour;
use super::Pace;
use super::write;
use super::write::CONTROLLER_MANAGER;
use crate::cluster::Cluster;
use crate::crd::set_condition;
use crate::kind::Kind;
use crate::store::Event;
use crate::subresource;
use futures::future::BoxFuture;
use serde_json::Value;
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

const GROUP: &str = "policy";
const RESOURCE: &str = "policy/poddisruptionbudgets";
const ALLOWED: &str = "DisruptionAllowed";

/// Keeps the status of budgets up to date.
pub(super) struct Budgets {
    /// Namespaces to look at.
    agenda: Agenda<String>,
    /// How many budgets a namespace has: Pods of others are nobody's business here.
    budgets: HashMap<Box<str>, usize>,
    reaction: Duration,
}

impl Budgets {
    pub(super) fn new(pace: &Pace) -> Self {
        Self { agenda: Agenda::new(), budgets: HashMap::new(), reaction: pace.reaction }
    }
}

impl Behaviour for Budgets {
    fn observe(&mut self, _cluster: &Cluster, event: &Event, now: Instant) {
        let Some(seen) = event.object() else { return };
        if &*event.resource == RESOURCE {
            let here = self.budgets.entry((&*seen.namespace).into()).or_default();
            *here += usize::from(event.before.is_none());
            *here = here.saturating_sub(usize::from(event.after.is_none()));
        }
        let guarded = || self.budgets.get(&*seen.namespace).is_some_and(|budgets| *budgets > 0);
        if matches!(&*event.resource, RESOURCE | "/pods") && guarded() {
            self.agenda.plan(seen.namespace.to_string(), now + self.reaction);
        }
    }

    fn due(&self) -> Option<Instant> {
        self.agenda.due()
    }

    fn work<'a>(&'a mut self, cluster: &'a Cluster, now: Instant) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let Some(namespace) = self.agenda.take(now) else { return false };
            let Some(kind) = write::kind_of(cluster, GROUP, "PodDisruptionBudget") else {
                return true;
            };
            let Some(pods) = write::kind_of(cluster, "", "Pod") else { return true };
            for budget in write::all(cluster, &kind, &namespace) {
                let status = status(cluster, &covered(cluster, &pods, &budget), &budget);
                if status == budget["status"] {
                    continue;
                }
                let mut next = budget;
                next["status"] = status;
                let done = write::update_status(cluster, &kind, CONTROLLER_MANAGER, next).await;
                let what = format_args!("count what the budgets in `{namespace}` allow");
                if let Some(later) = write::again(done, self.reaction, what) {
                    self.agenda.plan(namespace.clone(), now + later);
                }
            }
            true
        })
    }
}

/// The Pods that it is about and that have not ended.
fn covered(cluster: &Cluster, pods: &Kind, budget: &Value) -> Vec<Value> {
    let namespace = budget["metadata"]["namespace"].as_str().unwrap_or_default();
    let mut all = write::all(cluster, pods, namespace);
    all.retain(|pod| {
        let ended = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
        !ended && subresource::covers(budget, pod)
    });
    all
}

fn status(cluster: &Cluster, pods: &[Value], budget: &Value) -> Value {
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let healthy =
        |pod: &&Value| pod["metadata"]["deletionTimestamp"].is_null() && subresource::is_ready(pod);
    let (expected, present) = (count(pods.len()), count(pods.iter().filter(healthy).count()));
    let spec = &budget["spec"];
    let wanted = match (&spec["maxUnavailable"], &spec["minAvailable"]) {
        (Value::Null, least) => number_of(least, expected),
        (most, _) => (expected - number_of(most, expected)).max(0),
    };
    let allowed = if expected > 0 { (present - wanted).max(0) } else { 0 };
    let (state, reason) =
        if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let generation = &budget["metadata"]["generation"];
    let mut status = json!({
        "conditions": budget["status"]["conditions"],
        "currentHealthy": present,
        "desiredHealthy": wanted,
        "disruptionsAllowed": allowed,
        "expectedPods": expected,
        "observedGeneration": generation,
    });
    set_condition(&mut status, (ALLOWED, state, reason, ""), &cluster.clock.stamp());
    for own in status["conditions"].as_array_mut().into_iter().flatten() {
        if own["type"] == ALLOWED {
            own["observedGeneration"] = generation.clone();
        }
    }
    status
}

/// A number, or so many of a hundred of all, rounded up.
fn number_of(some: &Value, all: i64) -> i64 {
    let percent = some.as_str().and_then(|text| text.strip_suffix('%')?.parse::<i64>().ok());
    match percent {
        Some(percent) => percent.saturating_mul(all).saturating_add(99) / 100,
        None => some.as_i64().unwrap_or_default(),
    }
}
