//! What every namespace is given: the service account `default` and the ConfigMap `kube-root-ca.crt`.
//!
//! Mirrors: kubernetes pkg/controller/serviceaccount, pkg/controller/certificates/rootcacertpublisher

use super::Agenda;
use super::Behaviour;
use super::Pace;
use super::write;
use super::write::CONTROLLER_MANAGER;
use crate::cluster::Cluster;
use crate::store::Event;
use futures::future::BoxFuture;
use serde_json::Value;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

const ACCOUNT: &str = "default";
const ROOT: &str = "kube-root-ca.crt";
const DESCRIPTION: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when \
    using internal endpoints such as the internal service IP or kubernetes.default.svc. No other \
    usage is guaranteed across distributions of Kubernetes clusters.";

/// Furnishes namespaces.
pub(super) struct Accounts {
    /// Namespaces to look at.
    agenda: Agenda<String>,
    reaction: Duration,
}

impl Accounts {
    pub(super) fn new(pace: &Pace) -> Self {
        Self { agenda: Agenda::new(), reaction: pace.reaction }
    }
}

impl Behaviour for Accounts {
    fn observe(&mut self, _cluster: &Cluster, event: &Event, now: Instant) {
        let Some(object) = event.object() else { return };
        let removed = event.after.is_none();
        let namespace = match &*event.resource {
            "/namespaces" if event.before.is_none() => &object.name,
            "/serviceaccounts" if removed && &*object.name == ACCOUNT => &object.namespace,
            "/configmaps" if removed && &*object.name == ROOT => &object.namespace,
            _ => return,
        };
        self.agenda.plan(namespace.to_string(), now + self.reaction);
    }

    fn due(&self) -> Option<Instant> {
        self.agenda.due()
    }

    fn work<'a>(&'a mut self, cluster: &'a Cluster, now: Instant) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let Some(namespace) = self.agenda.take(now) else { return false };
            let there = cluster.store.get(&"/namespaces".into(), "", &namespace);
            if there.is_none_or(|found| found.facts.deleting) {
                return true;
            }
            let account = json!({ "metadata": { "name": ACCOUNT, "namespace": namespace } });
            let root = json!({
                "metadata": {
                    "name": ROOT,
                    "namespace": namespace,
                    "annotations": { "kubernetes.io/description": DESCRIPTION },
                },
                "data": { "ca.crt": "" },
            });
            furnish(cluster, "ServiceAccount", account).await;
            furnish(cluster, "ConfigMap", root).await;
            true
        })
    }
}

async fn furnish(cluster: &Cluster, kind: &str, mut object: Value) {
    let Some(kind) = write::kind_of(cluster, "", kind) else { return };
    object["apiVersion"] = json!("v1");
    object["kind"] = json!(kind.kind);
    match write::create(cluster, &kind, CONTROLLER_MANAGER, object).await {
        // A namespace that ends in between needs nothing any more.
        Err(failure) if !failure.is_already_exists() && failure.code() != 403 => {
            tracing::warn!(
                kind = kind.kind,
                error = failure.message(),
                "failed to furnish a namespace"
            );
        }
        _ => {}
    }
}
