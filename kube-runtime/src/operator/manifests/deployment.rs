//! The Deployment of an operator: a site in, Pods that the standard `restricted` takes out.

use serde_json::Value;
use serde_json::json;

use super::Site;
use crate::leader::LeaderElection;

/// Whom the process runs as: `nonroot` of the usual base images. Said here, so that an image that names nobody or root works too.
const USER: u32 = 65532;
/// The volume with the certificate for webhooks, where somebody else makes that.
const WEBHOOK_CERTIFICATE: &str = "webhook-tls";
/// The volume with the certificate for metrics.
const CERTIFICATE: &str = "metrics-tls";
/// How many Pods there are with leader election: one works, one is warm.
const REPLICAS: u32 = 2;
/// What a Pod is given beyond the time in which reconciles must end: events are delivered, the lease is given up.
const LAST_SECONDS: u64 = 5;

impl Site<'_> {
    pub(super) fn deployment(&self) -> Value {
        let elects = self.election.is_some();
        // Two at once are harmless only where one of them waits. Said in full, because kubectl removes what the server fills in beside.
        let strategy = match elects {
            true => json!({
                "type": "RollingUpdate",
                "rollingUpdate": { "maxSurge": 1, "maxUnavailable": 0 },
            }),
            false => json!({ "type": "Recreate" }),
        };
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": self.metadata(self.name),
            "spec": {
                "replicas": if elects { REPLICAS } else { 1 },
                "selector": self.matching(),
                "strategy": strategy,
                "template": { "metadata": { "labels": self.labels() }, "spec": self.pod(elects) },
            },
        })
    }

    fn pod(&self, spread: bool) -> Value {
        let mut pod = json!({
            "serviceAccountName": self.name,
            "terminationGracePeriodSeconds": self.stopped_within.as_secs().saturating_add(LAST_SECONDS),
            "securityContext": {
                "runAsNonRoot": true,
                "runAsUser": USER,
                "runAsGroup": USER,
                "seccompProfile": { "type": "RuntimeDefault" },
            },
            "containers": [self.container()],
        });
        if spread {
            // One node that fails should not take both.
            pod["topologySpreadConstraints"] = json!([{
                "labelSelector": self.matching(),
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
            }]);
        }
        let volume = |mount: Mount| json!({ "name": mount.volume, "secret": { "secretName": mount.secret } });
        fill(&mut pod, "volumes", self.mounts().map(volume));
        pod
    }

    fn container(&self) -> Value {
        let port = |name: &str, number: u16| json!({ "name": name, "containerPort": number, "protocol": "TCP" });
        let mut ports = vec![port("metrics", self.ports.metrics)];
        if self.ports.probes != self.ports.metrics {
            ports.push(port("probes", self.ports.probes));
        }
        if let Some(webhooks) = &self.webhooks {
            ports.push(port("webhooks", webhooks.port));
        }
        let mut container = json!({
            "name": "operator",
            "image": self.image,
            "args": self.arguments(),
            "ports": ports,
            "livenessProbe": self.probe("/livez", 20),
            "readinessProbe": self.probe("/readyz", 10),
            "resources": {
                "requests": { "cpu": "10m", "memory": "64Mi" },
                "limits": { "cpu": "500m", "memory": "256Mi" },
            },
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": { "drop": ["ALL"] },
            },
        });
        let mount = |mount: Mount| json!({ "name": mount.volume, "mountPath": mount.folder, "readOnly": true });
        fill(&mut container, "volumeMounts", self.mounts().map(mount));
        container
    }

    /// What the operator's binary is started with. Whether it takes part in an election is said either way: the number of Pods follows from it.
    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["run".to_owned()];
        arguments.extend(self.ports.flags());
        if self.secure.is_some() {
            arguments.push("--metrics-secure".to_owned());
        }
        if let Some((folder, _)) = self.certificate() {
            arguments.push(format!("--metrics-cert-path={folder}"));
        }
        if let Some(webhooks) = &self.webhooks {
            arguments.push(format!("--webhook-bind-address=:{}", webhooks.port));
            let folder = webhooks.folder.iter();
            arguments.extend(folder.map(|folder| format!("--webhook-cert-path={folder}")));
        }
        match self.election {
            None => arguments.push("--leader-elect=false".to_owned()),
            Some(election @ LeaderElection { namespace, .. }) => {
                let how = if election.is_coordinated() { "=coordinated" } else { "" };
                arguments.push(format!("--leader-elect{how}"));
                arguments.extend(
                    namespace.iter().map(|name| format!("--leader-elect-namespace={name}")),
                );
            }
        }
        arguments.extend(self.namespaces.map(|names| format!("--namespaces={}", names.join(","))));
        arguments.extend_from_slice(self.arguments);
        arguments
    }

    /// The Secrets that are files in the Pod.
    fn mounts(&self) -> impl Iterator<Item = Mount> {
        let metrics = self.certificate();
        let metrics = metrics.map(|(folder, secret)| Mount { volume: CERTIFICATE, folder, secret });
        let folder = self.webhooks.as_ref().and_then(|webhooks| webhooks.folder.clone());
        let (volume, secret) = (WEBHOOK_CERTIFICATE, self.webhook_secret());
        let webhooks = folder.map(|folder| Mount { volume, folder, secret });
        metrics.into_iter().chain(webhooks)
    }

    fn probe(&self, path: &str, period: u32) -> Value {
        json!({
            "httpGet": { "path": path, "port": self.ports.probes_name() },
            "periodSeconds": period,
            // As long as a check may take, so that a slow one is told by its name.
            "timeoutSeconds": 6,
        })
    }
}

/// A Secret as files in a Pod.
struct Mount {
    volume: &'static str,
    folder: String,
    secret: String,
}

/// Gives an object a list, unless it is empty.
fn fill(object: &mut Value, member: &str, items: impl Iterator<Item = Value>) {
    let items: Vec<_> = items.collect();
    if !items.is_empty() {
        object[member] = items.into();
    }
}
