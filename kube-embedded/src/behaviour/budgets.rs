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
use crate::kind::Kind;
use crate::store::Event;
use crate::subresource;
use futures::future::BoxFuture;
use serde_json::Value;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

const GROUP: &str = "policy";
const RESOURCE: &str = "policy/poddisruptionbudgets";

/// Keeps the status of budgets up to date.
pub(super) struct Budgets {
    /// Namespaces to look at.
    agenda: Agenda<String>,
    reaction: Duration,
}

impl Budgets {
    pub(super) fn new(pace: &Pace) -> Self {
        Self { agenda: Agenda::new(), reaction: pace.reaction }
    }
}

impl Behaviour for Budgets {
    fn observe(&mut self, cluster: &Cluster, event: &Event, now: Instant) {
        let Some(seen) = event.after.as_ref().or(event.before.as_ref()) else { return };
        let is_pod = &*event.resource == "/pods";
        let guarded = || !cluster.store.list(&RESOURCE.into(), Some(&seen.namespace)).is_empty();
        if &*event.resource == RESOURCE || (is_pod && guarded()) {
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
    let before = budget["status"]["conditions"].as_array();
    let mut before =
        before.into_iter().flatten().filter(|condition| condition["type"] == "DisruptionAllowed");
    let since = before.next().filter(|condition| condition["status"] == state);
    let generation = &budget["metadata"]["generation"];
    json!({
        "conditions": [{
            "type": "DisruptionAllowed",
            "status": state,
            "reason": reason,
            "message": "",
            "observedGeneration": generation,
            "lastTransitionTime": since.map_or_else(
                || json!(cluster.clock.stamp()),
                |condition| condition["lastTransitionTime"].clone(),
            ),
        }],
        "currentHealthy": present,
        "desiredHealthy": wanted,
        "disruptionsAllowed": allowed,
        "expectedPods": expected,
        "observedGeneration": generation,
    })
}

/// A number, or so many of a hundred of all, rounded up.
fn number_of(some: &Value, all: i64) -> i64 {
    let percent = some.as_str().and_then(|text| text.strip_suffix('%')?.parse::<i64>().ok());
    match percent {
        Some(percent) => percent.saturating_mul(all).saturating_add(99) / 100,
        None => some.as_i64().unwrap_or_default(),
    }
}
