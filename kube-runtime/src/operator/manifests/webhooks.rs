//! What the API server needs to ask an operator: a site in, Service, configurations and, with cert-manager, a certificate out.

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
    pub(super) fn webhook_service(&self) -> Value {
        self.service(&service(self.name), "webhooks", 443)
    }

    /// From anywhere: the API server is no Pod, so no selector means it.
    pub(super) fn webhook_ingress(&self) -> Option<Value> {
        let port = self.webhooks.as_ref()?.port;
        Some(json!({ "ports": [{ "port": port, "protocol": "TCP" }] }))
    }

    /// An issuer that signs for itself, and the certificate.
    pub(super) fn certificates(&self) -> [Value; 2] {
        let (service, namespace) = (service(self.name), &self.namespace);
        let metadata = self.metadata(&service);
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
