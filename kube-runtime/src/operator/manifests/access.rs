//! Who reaches an operator's Pods, and who may end them: a site in, Service, NetworkPolicy, budget and monitor out.

use serde_json::Value;
use serde_json::json;

use super::Site;

/// Where a Pod finds the token of its service account.
const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

impl Site<'_> {
    /// In: metrics for namespaces that are labelled for it as kubebuilder has it (they are served to whoever reaches the port), webhooks for everybody; probes come from
    /// the node, which is never kept out. Out: anything, for nobody but the operator knows whom it talks to.
    pub(super) fn network_policy(&self) -> Value {
        let readers = json!({
            "from": [{ "namespaceSelector": { "matchLabels": { "metrics": "enabled" } } }],
            "ports": [{ "port": self.ports.metrics, "protocol": "TCP" }],
        });
        let ingress: Vec<_> = [readers].into_iter().chain(self.webhook_ingress()).collect();
        json!({
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": self.metadata(self.name),
            "spec": { "podSelector": self.matching(), "policyTypes": ["Ingress"], "ingress": ingress },
        })
    }

    /// Where metrics are read, whichever Pods there are.
    pub(super) fn metrics_service(&self) -> Value {
        let name = format!("{}-metrics", self.name);
        self.service(&name, "metrics", self.ports.metrics)
    }

    /// One Pod at a time may be evicted. Said this way, because a budget that keeps one of one would never let its node be drained.
    pub(super) fn disruption_budget(&self) -> Value {
        json!({
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": self.metadata(self.name),
            "spec": {
                "maxUnavailable": 1,
                "selector": self.matching(),
                "unhealthyPodEvictionPolicy": "AlwaysAllow",
            },
        })
    }

    /// What a binding gives to whoever reads the metrics, as the service account of Prometheus.
    pub(super) fn metrics_reader(&self) -> Value {
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": { "name": format!("{}-metrics-reader", self.name) },
            "rules": [{ "nonResourceURLs": ["/metrics"], "verbs": ["get"] }],
        })
    }

    /// What has the Prometheus operator read the metrics.
    pub(super) fn service_monitor(&self) -> Value {
        let mut endpoint = json!({ "path": "/metrics", "port": "metrics" });
        if self.secure.is_some() {
            endpoint["scheme"] = json!("https");
            endpoint["bearerTokenFile"] = json!(TOKEN);
            endpoint["tlsConfig"] = match self.certificate() {
                // Each Pod makes one of its own, which nobody knows.
                None => json!({ "insecureSkipVerify": true }),
                Some((_, secret)) => json!({
                    "ca": { "secret": { "name": secret, "key": "ca.crt" } },
                    "serverName": format!("{}-metrics.{}.svc", self.name, self.namespace),
                }),
            };
        }
        json!({
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "ServiceMonitor",
            "metadata": self.metadata(self.name),
            "spec": {
                "endpoints": [endpoint],
                "selector": { "matchLabels": self.selector() },
            },
        })
    }
}
