//! Who reaches an operator's Pods, and who may end them: a site in, Service, NetworkPolicy, budget and monitor out.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::core::v1::ServicePort;
use k8s_openapi::api::core::v1::ServiceSpec;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::networking::v1::NetworkPolicyIngressRule;
use k8s_openapi::api::networking::v1::NetworkPolicyPeer;
use k8s_openapi::api::networking::v1::NetworkPolicyPort;
use k8s_openapi::api::networking::v1::NetworkPolicySpec;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::policy::v1::PodDisruptionBudgetSpec;
use k8s_openapi::api::rbac::v1::ClusterRole;
use k8s_openapi::api::rbac::v1::PolicyRule;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube_core::ObjectMeta;
use serde_json::Value;
use serde_json::json;

use super::Site;

/// Where a Pod finds the token of its service account.
const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// The label of namespaces whose Pods may read metrics, as kubebuilder has it: metrics are served to whoever reaches the port.
const READERS: (&str, &str) = ("metrics", "enabled");

impl Site<'_> {
    fn matching(&self) -> LabelSelector {
        LabelSelector { match_labels: Some(self.selector()), ..LabelSelector::default() }
    }

    /// In: metrics for namespaces that are labelled for it, webhooks for everybody; probes come from the node, which is never kept out. Out: anything, for nobody but
    /// the operator knows whom it talks to.
    pub(super) fn network_policy(&self) -> NetworkPolicy {
        let (key, value) = READERS;
        let readers = LabelSelector {
            match_labels: Some(BTreeMap::from([(key.to_owned(), value.to_owned())])),
            ..LabelSelector::default()
        };
        let rule = NetworkPolicyIngressRule {
            from: Some(vec![NetworkPolicyPeer {
                namespace_selector: Some(readers),
                ..NetworkPolicyPeer::default()
            }]),
            ports: Some(vec![NetworkPolicyPort {
                port: Some(IntOrString::Int(self.ports.metrics.into())),
                protocol: Some("TCP".to_owned()),
                ..NetworkPolicyPort::default()
            }]),
        };
        NetworkPolicy {
            metadata: self.metadata(self.name.to_owned()),
            spec: Some(NetworkPolicySpec {
                pod_selector: Some(self.matching()),
                policy_types: Some(vec!["Ingress".to_owned()]),
                ingress: Some(std::iter::once(rule).chain(self.webhook_ingress()).collect()),
                ..NetworkPolicySpec::default()
            }),
        }
    }

    /// Where metrics are read, whichever Pods there are.
    pub(super) fn metrics_service(&self) -> Service {
        let port = ServicePort {
            name: Some("metrics".to_owned()),
            port: self.ports.metrics.into(),
            protocol: Some("TCP".to_owned()),
            target_port: Some(IntOrString::String("metrics".to_owned())),
            ..ServicePort::default()
        };
        Service {
            metadata: self.metadata(format!("{}-metrics", self.name)),
            spec: Some(ServiceSpec {
                selector: Some(self.selector()),
                ports: Some(vec![port]),
                ..ServiceSpec::default()
            }),
            ..Service::default()
        }
    }

    /// One Pod at a time may be evicted. Said this way, because a budget that keeps one of one would never let its node be drained.
    pub(super) fn disruption_budget(&self) -> PodDisruptionBudget {
        PodDisruptionBudget {
            metadata: self.metadata(self.name.to_owned()),
            spec: Some(PodDisruptionBudgetSpec {
                max_unavailable: Some(IntOrString::Int(1)),
                selector: Some(self.matching()),
                unhealthy_pod_eviction_policy: Some("AlwaysAllow".to_owned()),
                ..PodDisruptionBudgetSpec::default()
            }),
            ..PodDisruptionBudget::default()
        }
    }

    /// What a binding gives to whoever reads the metrics, as the service account of Prometheus.
    pub(super) fn metrics_reader(&self) -> ClusterRole {
        ClusterRole {
            metadata: ObjectMeta {
                name: Some(format!("{}-metrics-reader", self.name)),
                ..ObjectMeta::default()
            },
            rules: Some(vec![PolicyRule {
                non_resource_urls: Some(vec!["/metrics".to_owned()]),
                verbs: vec!["get".to_owned()],
                ..PolicyRule::default()
            }]),
            ..ClusterRole::default()
        }
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
            "metadata": { "name": self.name, "namespace": self.namespace },
            "spec": {
                "endpoints": [endpoint],
                "selector": { "matchLabels": self.selector() },
            },
        })
    }
}
