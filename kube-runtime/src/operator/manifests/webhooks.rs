//! What the API server needs to ask an operator: a site in, Service, configurations and, with cert-manager, a certificate out.

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::core::v1::ServicePort;
use k8s_openapi::api::core::v1::ServiceSpec;
use k8s_openapi::api::networking::v1::NetworkPolicyIngressRule;
use k8s_openapi::api::networking::v1::NetworkPolicyPort;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::Value;
use serde_json::json;

use super::Site;
use crate::operator::webhooks::service;

/// Where the certificate is in the Pod, when the program does not say.
pub(super) const FOLDER: &str = "/var/run/webhook-tls";
/// What has cert-manager tell the API server whom to trust.
const INJECT: &str = "cert-manager.io/inject-ca-from";

/// How webhooks are served in a Pod.
#[derive(Clone, Debug)]
pub(super) struct Served {
    pub(super) port: u16,
    /// Where somebody else puts the certificate.
    pub(super) folder: Option<String>,
    /// Whether that is cert-manager.
    pub(super) issued: bool,
}

impl Site<'_> {
    /// The Secret that somebody else keeps the certificate in.
    pub(super) fn webhook_secret(&self) -> String {
        format!("{}-webhook-cert", self.name)
    }

    /// Where the API server finds the Pods.
    pub(super) fn webhook_service(&self) -> Service {
        let port = ServicePort {
            name: Some("webhooks".to_owned()),
            port: 443,
            protocol: Some("TCP".to_owned()),
            target_port: Some(IntOrString::String("webhooks".to_owned())),
            ..ServicePort::default()
        };
        Service {
            metadata: self.metadata(service(self.name)),
            spec: Some(ServiceSpec {
                selector: Some(self.selector()),
                ports: Some(vec![port]),
                ..ServiceSpec::default()
            }),
            ..Service::default()
        }
    }

    /// From anywhere: the API server is no Pod, so no selector means it.
    pub(super) fn webhook_ingress(&self) -> Option<NetworkPolicyIngressRule> {
        let port = self.webhooks.as_ref()?.port;
        Some(NetworkPolicyIngressRule {
            from: None,
            ports: Some(vec![NetworkPolicyPort {
                port: Some(IntOrString::Int(port.into())),
                protocol: Some("TCP".to_owned()),
                ..NetworkPolicyPort::default()
            }]),
        })
    }

    /// An issuer that signs for itself, and the certificate.
    pub(super) fn certificates(&self) -> [Value; 2] {
        let (service, namespace) = (service(self.name), &self.namespace);
        let metadata = json!({ "name": service, "namespace": namespace });
        let names = [".svc", ".svc.cluster.local"].map(|end| format!("{service}.{namespace}{end}"));
        let issuer = json!({
            "apiVersion": "cert-manager.io/v1",
            "kind": "Issuer",
            "metadata": metadata,
            "spec": { "selfSigned": {} },
        });
        let certificate = json!({
            "apiVersion": "cert-manager.io/v1",
            "kind": "Certificate",
            "metadata": metadata,
            "spec": {
                "dnsNames": names,
                "issuerRef": { "kind": "Issuer", "name": service },
                "secretName": self.webhook_secret(),
            },
        });
        [issuer, certificate]
    }

    /// What has cert-manager fill in whom to trust.
    pub(super) fn injected(&self, configuration: &mut Value) {
        let from = format!("{}/{}", self.namespace, service(self.name));
        configuration["metadata"]["annotations"][INJECT] = from.into();
    }
}
