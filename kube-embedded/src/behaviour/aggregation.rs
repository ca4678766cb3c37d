//! ClusterRoles that gather the rules of others: any change of a role in, their new rules out.
//!
//! Mirrors: kubernetes pkg/controller/clusterroleaggregation

use super::Agenda;
use super::Behaviour;
use super::Pace;
use super::write;
use super::write::CONTROLLER_MANAGER;
use crate::auth::aggregated_rules;
use crate::cluster::Cluster;
use crate::store::Event;
use futures::future::BoxFuture;
use serde_json::Value;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

const GROUP: &str = "rbac.authorization.k8s.io";
const RESOURCE: &str = "rbac.authorization.k8s.io/clusterroles";

/// Keeps aggregating roles up to date.
pub(super) struct Aggregation {
    agenda: Agenda<()>,
    reaction: Duration,
}

impl Aggregation {
    pub(super) fn new(pace: &Pace) -> Self {
        Self { agenda: Agenda::new(), reaction: pace.reaction }
    }
}

impl Behaviour for Aggregation {
    fn observe(&mut self, _cluster: &Cluster, event: &Event, now: Instant) {
        if &*event.resource == RESOURCE {
            self.agenda.plan((), now + self.reaction);
        }
    }

    fn due(&self) -> Option<Instant> {
        self.agenda.due()
    }

    fn work<'a>(&'a mut self, cluster: &'a Cluster, now: Instant) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            if self.agenda.take(now).is_none() {
                return false;
            }
            let Some(kind) = write::kind_of(cluster, GROUP, "ClusterRole") else { return true };
            let stored = cluster.store.list(&kind.resource, None);
            let roles: Vec<Value> = stored.iter().map(|stored| stored.value()).collect();
            for role in &roles {
                let Some(rules) = aggregated_rules(role, &roles) else { continue };
                let same = |rule: &Value| rules.contains(rule);
                let present = role["rules"].as_array().map(Vec::as_slice).unwrap_or_default();
                if present.len() == rules.len() && present.iter().all(same) {
                    continue;
                }
                let mut next = role.clone();
                next["rules"] = json!(rules);
                if write::update(cluster, &kind, CONTROLLER_MANAGER, next).await.is_err() {
                    // Changed or gone since: look again.
                    self.agenda.plan((), now + self.reaction);
                }
            }
            true
        })
    }
}
