//! Deployments without Pods: replicas start, become ready one after the other, and the status tells of it.
//!
//! Mirrors: kubernetes pkg/controller/deployment (rolling.go, recreate.go, sync.go, progress.go)
//! Differs: replicas are numbers in here, not ReplicaSets and Pods; they become ready after a time that chance decides.

mod rollout;
mod status;

use super::Agenda;
use super::Behaviour;
use super::Pace;
use super::write;
use crate::cluster::Cluster;
use crate::store::Event;
use futures::future::BoxFuture;
use rollout::Rollout;
use rollout::Wanted;
use serde_json::Value;
use status::next_status;
use std::collections::HashMap;
use tokio::time::Instant;

const RESOURCE: &str = "apps/deployments";
const REVISION: &str = "deployment.kubernetes.io/revision";

/// Makes Deployments ready.
pub(super) struct Deployments {
    /// Namespace and name of Deployments to look at.
    agenda: Agenda<(String, String)>,
    pace: Pace,
    /// By uid.
    rollouts: HashMap<String, Rollout>,
}

impl Deployments {
    pub(super) fn new(pace: &Pace) -> Self {
        Self { agenda: Agenda::new(), pace: pace.clone(), rollouts: HashMap::new() }
    }

    async fn step(&mut self, cluster: &Cluster, namespace: &str, name: &str, now: Instant) {
        let Some(kind) = write::kind_of(cluster, "apps", "Deployment") else { return };
        let found = write::read(cluster, "apps", "Deployment", (namespace, name));
        let Some(mut deployment) = found else { return };
        if !deployment["metadata"]["deletionTimestamp"].is_null() {
            return;
        }
        let uid = deployment["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        let wanted = Wanted::of(&deployment["spec"]);
        let rollout = self.rollouts.entry(uid).or_default();
        let (start, spread) = (self.pace.start, self.pace.spread);
        let mut chance = || start + spread.mul_f64(cluster.random.lock().f64());
        rollout.step(&wanted, now, &mut chance);
        if let Some(next) = rollout.next(&wanted, now) {
            self.agenda.plan((namespace.to_owned(), name.to_owned()), next);
        }
        let before = deployment.clone();
        deployment["status"] =
            next_status(&deployment, rollout, &wanted, now, &cluster.clock.stamp());
        if !deployment["metadata"]["annotations"].is_object() {
            deployment["metadata"]["annotations"] = Value::Object(serde_json::Map::new());
        }
        deployment["metadata"]["annotations"][REVISION] = rollout.revision().to_string().into();
        if deployment == before {
            return;
        }
        let manager = write::CONTROLLER_MANAGER;
        let done = write::update_status(cluster, &kind, manager, deployment).await;
        let what = format_args!("write the status of the Deployment `{name}`");
        if let Some(later) = write::again(done, self.pace.reaction, what) {
            self.agenda.plan((namespace.to_owned(), name.to_owned()), now + later);
        }
    }
}

impl Behaviour for Deployments {
    fn observe(&mut self, _cluster: &Cluster, event: &Event, now: Instant) {
        if &*event.resource != RESOURCE {
            return;
        }
        let Some(object) = event.object() else { return };
        if event.after.is_none() {
            self.rollouts.remove(&*object.facts.uid);
            return;
        }
        let key = (object.namespace.to_string(), object.name.to_string());
        self.agenda.plan(key, now + self.pace.reaction);
    }

    fn due(&self) -> Option<Instant> {
        self.agenda.due()
    }

    fn work<'a>(&'a mut self, cluster: &'a Cluster, now: Instant) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let Some((namespace, name)) = self.agenda.take(now) else { return false };
            self.step(cluster, &namespace, &name, now).await;
            true
        })
    }
}
