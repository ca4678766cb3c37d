//! The Deployment of an operator: a site in, Pods that the standard `restricted` takes out.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::apps::v1::DeploymentSpec;
use k8s_openapi::api::apps::v1::DeploymentStrategy;
use k8s_openapi::api::apps::v1::RollingUpdateDeployment;
use k8s_openapi::api::core::v1::Capabilities;
use k8s_openapi::api::core::v1::Container;
use k8s_openapi::api::core::v1::ContainerPort;
use k8s_openapi::api::core::v1::HTTPGetAction;
use k8s_openapi::api::core::v1::PodSecurityContext;
use k8s_openapi::api::core::v1::PodSpec;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::api::core::v1::Probe;
use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::api::core::v1::SeccompProfile;
use k8s_openapi::api::core::v1::SecretVolumeSource;
use k8s_openapi::api::core::v1::SecurityContext;
use k8s_openapi::api::core::v1::TopologySpreadConstraint;
use k8s_openapi::api::core::v1::Volume;
use k8s_openapi::api::core::v1::VolumeMount;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube_core::ObjectMeta;

use super::Site;
use crate::leader::LeaderElection;

/// Whom the process runs as: `nonroot` of the usual base images. Said here, so that an image that names nobody or root works too.
const USER: i64 = 65532;
/// The volume with the certificate for webhooks, where somebody else makes that.
const WEBHOOK_CERTIFICATE: &str = "webhook-tls";
/// The volume with the certificate for metrics.
const CERTIFICATE: &str = "metrics-tls";
/// How many Pods there are with leader election: one works, one is warm.
const REPLICAS: i32 = 2;
/// What a Pod is given beyond the time in which reconciles must end: events are delivered, the lease is given up.
const LAST_SECONDS: u64 = 5;

impl Site<'_> {
    pub(super) fn deployment(&self) -> Deployment {
        let elects = self.election.is_some();
        let selector =
            LabelSelector { match_labels: Some(self.selector()), ..LabelSelector::default() };
        // Two at once are harmless only where one of them waits. Said in full, because kubectl removes what the server fills in beside.
        let strategy = if elects { "RollingUpdate" } else { "Recreate" };
        let rolling = RollingUpdateDeployment {
            max_surge: Some(IntOrString::Int(1)),
            max_unavailable: Some(IntOrString::Int(0)),
        };
        Deployment {
            metadata: self.metadata(self.name.to_owned()),
            spec: DeploymentSpec {
                replicas: Some(if elects { REPLICAS } else { 1 }),
                strategy: Some(DeploymentStrategy {
                    type_: Some(strategy.to_owned()),
                    rolling_update: elects.then_some(rolling),
                }),
                template: PodTemplateSpec {
                    metadata: Some(ObjectMeta {
                        labels: Some(self.labels()),
                        ..ObjectMeta::default()
                    }),
                    spec: Some(self.pod(elects.then(|| selector.clone()))),
                },
                selector,
                ..DeploymentSpec::default()
            },
            ..Deployment::default()
        }
    }

    fn pod(&self, spread: Option<LabelSelector>) -> PodSpec {
        let ends_within = self.stopped_within.as_secs().saturating_add(LAST_SECONDS);
        PodSpec {
            service_account_name: Some(self.name.to_owned()),
            termination_grace_period_seconds: Some(i64::try_from(ends_within).unwrap_or(i64::MAX)),
            security_context: Some(PodSecurityContext {
                run_as_non_root: Some(true),
                run_as_user: Some(USER),
                run_as_group: Some(USER),
                seccomp_profile: Some(SeccompProfile {
                    type_: "RuntimeDefault".to_owned(),
                    ..SeccompProfile::default()
                }),
                ..PodSecurityContext::default()
            }),
            // One node that fails should not take both.
            topology_spread_constraints: spread.map(|pods| {
                vec![TopologySpreadConstraint {
                    label_selector: Some(pods),
                    max_skew: 1,
                    topology_key: "kubernetes.io/hostname".to_owned(),
                    when_unsatisfiable: "ScheduleAnyway".to_owned(),
                    ..TopologySpreadConstraint::default()
                }]
            }),
            containers: vec![self.container()],
            volumes: some(self.mounts().map(|mount| Volume {
                name: mount.volume.to_owned(),
                secret: Some(SecretVolumeSource {
                    secret_name: Some(mount.secret),
                    ..SecretVolumeSource::default()
                }),
                ..Volume::default()
            })),
            ..PodSpec::default()
        }
    }

    fn container(&self) -> Container {
        let port = |name: &str, number: u16| ContainerPort {
            name: Some(name.to_owned()),
            container_port: number.into(),
            protocol: Some("TCP".to_owned()),
            ..ContainerPort::default()
        };
        let mut ports = vec![port("metrics", self.ports.metrics)];
        if self.ports.probes != self.ports.metrics {
            ports.push(port("probes", self.ports.probes));
        }
        if let Some(webhooks) = &self.webhooks {
            ports.push(port("webhooks", webhooks.port));
        }
        Container {
            name: "operator".to_owned(),
            image: Some(self.image.to_owned()),
            args: Some(self.arguments()),
            ports: Some(ports),
            volume_mounts: some(self.mounts().map(|mount| VolumeMount {
                name: mount.volume.to_owned(),
                mount_path: mount.folder,
                read_only: Some(true),
                ..VolumeMount::default()
            })),
            liveness_probe: Some(self.probe("/livez", 20)),
            readiness_probe: Some(self.probe("/readyz", 10)),
            resources: Some(ResourceRequirements {
                requests: Some(resources("10m", "64Mi")),
                limits: Some(resources("500m", "256Mi")),
                ..ResourceRequirements::default()
            }),
            security_context: Some(SecurityContext {
                allow_privilege_escalation: Some(false),
                read_only_root_filesystem: Some(true),
                capabilities: Some(Capabilities {
                    drop: Some(vec!["ALL".to_owned()]),
                    ..Capabilities::default()
                }),
                ..SecurityContext::default()
            }),
            ..Container::default()
        }
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

    fn probe(&self, path: &str, period: i32) -> Probe {
        Probe {
            http_get: Some(HTTPGetAction {
                path: Some(path.to_owned()),
                port: IntOrString::String(self.ports.probes_name().to_owned()),
                ..HTTPGetAction::default()
            }),
            period_seconds: Some(period),
            // As long as a check may take, so that a slow one is told by its name.
            timeout_seconds: Some(6),
            ..Probe::default()
        }
    }
}

/// A Secret as files in a Pod.
struct Mount {
    volume: &'static str,
    folder: String,
    secret: String,
}

fn some<T>(items: impl Iterator<Item = T>) -> Option<Vec<T>> {
    Some(items.collect()).filter(|items: &Vec<T>| !items.is_empty())
}

fn resources(cpu: &str, memory: &str) -> BTreeMap<String, Quantity> {
    BTreeMap::from([
        ("cpu".to_owned(), Quantity(cpu.to_owned())),
        ("memory".to_owned(), Quantity(memory.to_owned())),
    ])
}
