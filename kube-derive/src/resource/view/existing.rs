//! `existing = "apps/v1/Deployment"`: a kind that a cluster knows without us in; where it lives out.

use syn::LitStr;

use crate::report::{Report, nearest};
use crate::resource::attr::{is_label, pluralised};

/// Where a kind lives.
#[derive(Debug, Default)]
pub(crate) struct Existing {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) plural: String,
    pub(crate) namespaced: bool,
}

/// The groups of Kubernetes itself: kinds with namespaces, kinds without.
const KNOWN: &[(&str, &str, &str)] = &[
    (
        "",
        "ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount",
        "ComponentStatus Namespace Node PersistentVolume",
    ),
    (
        "admissionregistration.k8s.io",
        "",
        "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration",
    ),
    ("apiextensions.k8s.io", "", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "", "APIService"),
    ("apps", "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet", ""),
    ("authentication.k8s.io", "", "SelfSubjectReview TokenReview"),
    (
        "authorization.k8s.io",
        "LocalSubjectAccessReview",
        "SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
    ),
    ("autoscaling", "HorizontalPodAutoscaler", ""),
    ("batch", "CronJob Job", ""),
    (
        "certificates.k8s.io",
        "PodCertificateRequest",
        "CertificateSigningRequest ClusterTrustBundle",
    ),
    ("coordination.k8s.io", "Lease LeaseCandidate", ""),
    ("discovery.k8s.io", "EndpointSlice", ""),
    ("events.k8s.io", "Event", ""),
    ("flowcontrol.apiserver.k8s.io", "", "FlowSchema PriorityLevelConfiguration"),
    ("internal.apiserver.k8s.io", "", "StorageVersion"),
    ("networking.k8s.io", "Ingress NetworkPolicy", "IPAddress IngressClass ServiceCIDR"),
    ("node.k8s.io", "", "RuntimeClass"),
    ("policy", "PodDisruptionBudget", ""),
    ("rbac.authorization.k8s.io", "Role RoleBinding", "ClusterRole ClusterRoleBinding"),
    (
        "resource.k8s.io",
        "ResourceClaim ResourceClaimTemplate",
        "DeviceClass DeviceTaintRule ResourceSlice",
    ),
    ("scheduling.k8s.io", "Workload", "PriorityClass"),
    (
        "storage.k8s.io",
        "CSIStorageCapacity",
        "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
    ),
    ("storagemigration.k8s.io", "", "StorageVersionMigration"),
];

/// What was said of the scope: `namespaced`, `cluster`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    pub(crate) namespaced: bool,
    pub(crate) cluster: bool,
}

/// The kind, with its plural and its scope: those of Kubernetes are known, of others they are said.
pub(crate) fn existing(
    written: &LitStr,
    plural: Option<&LitStr>,
    said: Said,
    report: &mut Report,
) -> Existing {
    let text = written.value();
    let parts: Vec<_> = text.split('/').collect();
    let (group, version, kind) = match parts[..] {
        [version, kind] => ("", version, kind),
        [group, version, kind] => (group, version, kind),
        _ => {
            report.at(
                written,
                format!("`{text}` is not a kind in a version; write `v1/ConfigMap` or `apps/v1/Deployment`"),
            );
            return Existing::default();
        }
    };
    if !is_label(version) || !version.starts_with('v') {
        report.at(
            written,
            format!("`{version}` is not a version; write `v1/ConfigMap` or `apps/v1/Deployment`"),
        );
    }
    if !group.is_empty() && !group.split('.').all(is_label) {
        report.at(written, format!("`{group}` is not a group: it is in lower-case letters, digits, dashes and dots, as `apps` or `cert-manager.io`"));
    }
    let upper = kind.starts_with(|first: char| first.is_ascii_uppercase());
    if !upper || !kind.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        report.at(
            written,
            format!("`{kind}` is not a kind: a kind is a name in CamelCase, as `ConfigMap`"),
        );
        return Existing::default();
    }
    if said.namespaced && said.cluster {
        report.at(written, "a kind has namespaces or has none; remove `namespaced` or `cluster`");
    }
    let namespaced = scope(written, (group, kind), said, report);
    Existing {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        plural: plural.map_or_else(|| plural_of(kind), LitStr::value),
        namespaced,
    }
}

/// Whether its objects live in namespaces.
fn scope(written: &LitStr, (group, kind): (&str, &str), said: Said, report: &mut Report) -> bool {
    let known = KNOWN.iter().find(|(known, _, _)| *known == group);
    let is_among = |kinds: &str| kinds.split_whitespace().any(|known| known == kind);
    match known {
        Some((_, namespaced, _)) if is_among(namespaced) => {
            if said.cluster {
                report.at(written, format!("a {kind} lives in a namespace; remove `cluster`"));
            }
            return true;
        }
        Some((_, _, cluster)) if is_among(cluster) => {
            if said.namespaced {
                report.at(written, format!("a {kind} lives in no namespace; remove `namespaced`"));
            }
            return false;
        }
        _ => {}
    }
    if !said.namespaced && !said.cluster {
        let kinds = known.into_iter().flat_map(|(_, namespaced, cluster)| {
            namespaced.split_whitespace().chain(cluster.split_whitespace())
        });
        let meant = nearest(kind, kinds)
            .map(|near| format!("did you mean `{near}`? If not, "))
            .unwrap_or_default();
        report.at(
            written,
            format!("whether a {kind} lives in a namespace is not known here; {meant}add `namespaced` or `cluster`"),
        );
    }
    said.namespaced
}

/// `Endpoints` are many already.
fn plural_of(kind: &str) -> String {
    match kind {
        "Endpoints" => "endpoints".to_owned(),
        kind => pluralised(&kind.to_lowercase()),
    }
}
