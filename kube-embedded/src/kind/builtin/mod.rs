//! The kinds that are served without a definition, one row each.

mod certificate;
mod check;
mod class;
mod config;
mod cron;
mod endpoints;
mod event;
mod ingress;
mod lease;
mod namespace;
mod pod;
mod pod_defaults;
mod policy;
mod quota;
mod rbac;
mod scaling;
mod scaling_v1;
mod service;
mod storage;
mod template;
mod workload;

pub(crate) use config::config_key;
pub(crate) use lease::OLDEST;

use super::{Connect, Field, Kind, Plain, Refusal, Strategy, Sub};
use crate::schema;
use serde_json::Value;
use std::sync::Arc;

/// A switch of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    Namespaced,
    /// Has a `status` path.
    Status,
    /// Has a `scale` path.
    Scale,
    /// Has a `finalize` path.
    Finalize,
    /// Has a `token` path.
    Token,
    /// Has an `approval` path.
    Approval,
    /// Has the paths of a Pod: to its containers, and for its node.
    OnNode,
    /// Has a `proxy` path.
    Proxied,
    /// Counts generations.
    Generation,
    /// Cannot be replaced without a resourceVersion.
    Conditional,
    CreatedByUpdate,
    ReturnedWhenDeleted,
    Review,
    NoCollectionDelete,
    /// Its unknown field selectors are refused in the general words.
    OnlyName,
    /// Its unknown field selectors are refused in its own words.
    ForKind,
}

/// One built-in kind.
struct Row {
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    plural: &'static str,
    short_names: &'static [&'static str],
    all: bool,
    is: &'static [Is],
    strategy: fn() -> Arc<dyn Strategy>,
    fields: fn() -> Vec<Field>,
}

const fn row(
    group: &'static str,
    kind: &'static str,
    plural: &'static str,
    is: &'static [Is],
) -> Row {
    let strategy: fn() -> Arc<dyn Strategy> = plain;
    let fields: fn() -> Vec<Field> = Vec::new;
    Row { group, version: "v1", kind, plural, short_names: &[], all: false, is, strategy, fields }
}

impl Row {
    const fn short(self, short_names: &'static [&'static str]) -> Self {
        Self { short_names, ..self }
    }

    const fn version(self, version: &'static str) -> Self {
        Self { version, ..self }
    }

    /// Part of `kubectl get all`.
    const fn in_all(self) -> Self {
        Self { all: true, ..self }
    }

    const fn ruled(self, strategy: fn() -> Arc<dyn Strategy>) -> Self {
        Self { strategy, ..self }
    }

    const fn fields(self, fields: fn() -> Vec<Field>) -> Self {
        Self { fields, ..self }
    }

    fn kind(&self) -> Kind {
        let has = |switch: Is| self.is.contains(&switch);
        let namespaced = has(Namespaced);
        let mut kind = Kind::new(self.group, self.version, self.kind, self.plural, namespaced);
        kind.short_names = self.short_names.iter().map(|&name| name.to_owned()).collect();
        kind.categories = if self.all { vec!["all".to_owned()] } else { Vec::new() };
        kind.generation = has(Generation);
        kind.unconditional_update = !has(Conditional);
        kind.create_on_update = has(CreatedByUpdate);
        kind.return_deleted = has(ReturnedWhenDeleted);
        kind.review = has(Review);
        kind.collection_delete = !has(NoCollectionDelete);
        kind.refusal = match (has(OnlyName), has(ForKind)) {
            (true, _) => Refusal::OnlyName,
            (_, true) => Refusal::ForKind,
            _ => Refusal::NotSupported,
        };
        kind.types = schema::builtin(&kind.api_version(), self.kind);
        kind.strategy = (self.strategy)();
        kind.fields = (self.fields)();
        for (switch, sub) in [
            (Approval, Sub::Approval),
            (Finalize, Sub::Finalize),
            (Proxied, Sub::Connect(Connect::Proxy)),
            (Scale, scale(self.kind)),
            (Status, Sub::Status),
            (Token, Sub::Token),
        ] {
            if has(switch) {
                kind.subresources.push(sub);
            }
        }
        if has(OnNode) {
            let all = [Connect::Attach, Connect::Exec, Connect::Log, Connect::PortForward];
            kind.subresources.extend(all.map(Sub::Connect));
            kind.subresources.extend([
                Sub::Binding,
                Sub::Eviction,
                Sub::EphemeralContainers,
                Sub::Resize,
            ]);
        }
        kind
    }
}

fn scale(kind: &str) -> Sub {
    let selector = (kind != "Job").then(|| ".spec.selector".to_owned());
    let (wanted, present) = (".spec.replicas".to_owned(), ".status.replicas".to_owned());
    Sub::Scale { wanted, present, selector }
}

fn plain() -> Arc<dyn Strategy> {
    Arc::new(Plain)
}

use Is::{
    Approval, Conditional, CreatedByUpdate, Finalize, ForKind, Generation, Namespaced,
    NoCollectionDelete, OnNode, OnlyName, Proxied, ReturnedWhenDeleted, Review, Scale, Status,
    Token,
};

const APPS: &[Is] = &[Namespaced, Status, Scale, Generation, OnlyName];
const RULES: &[Is] = &[CreatedByUpdate, OnlyName];
const RULES_IN: &[Is] = &[Namespaced, CreatedByUpdate, OnlyName];
const REVIEW: &[Is] = &[Review];
const AUTHENTICATION: &str = "authentication.k8s.io";
const AUTHORIZATION: &str = "authorization.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";
const STORAGE: &str = "storage.k8s.io";
const COORDINATION: &str = "coordination.k8s.io";
const LEASE: &[Is] = &[Namespaced, Conditional, CreatedByUpdate, OnlyName];

/// In the order of discovery.
const ROWS: &[Row] = &[
    row("", "ConfigMap", "configmaps", &[Namespaced, OnlyName])
        .short(&["cm"])
        .ruled(config::config_map),
    row("", "Endpoints", "endpoints", &[Namespaced, CreatedByUpdate, OnlyName])
        .short(&["ep"])
        .ruled(endpoints::endpoints),
    row("", "Event", "events", &[Namespaced, CreatedByUpdate])
        .short(&["ev"])
        .ruled(event::core)
        .fields(event::core_fields),
    row("", "LimitRange", "limitranges", &[Namespaced, CreatedByUpdate, OnlyName])
        .short(&["limits"])
        .ruled(quota::limits),
    row(
        "",
        "Namespace",
        "namespaces",
        &[Status, Finalize, ReturnedWhenDeleted, NoCollectionDelete],
    )
    .short(&["ns"])
    .ruled(namespace::namespace)
    .fields(|| vec![Field::at("status.phase")]),
    row("", "Node", "nodes", &[Status])
        .short(&["no"])
        .ruled(pod::node)
        .fields(|| vec![Field::at("spec.unschedulable").or("false")]),
    row(
        "",
        "PersistentVolumeClaim",
        "persistentvolumeclaims",
        &[Namespaced, Status, ReturnedWhenDeleted, OnlyName],
    )
    .short(&["pvc"])
    .ruled(storage::claim),
    row("", "PersistentVolume", "persistentvolumes", &[Status, ReturnedWhenDeleted, OnlyName])
        .short(&["pv"])
        .ruled(storage::volume),
    row("", "Pod", "pods", &[Namespaced, Status, OnNode, Proxied, Generation, ReturnedWhenDeleted])
        .short(&["po"])
        .in_all()
        .ruled(pod::pod)
        .fields(pod::fields),
    row(
        "",
        "PodTemplate",
        "podtemplates",
        &[Namespaced, Generation, CreatedByUpdate, ReturnedWhenDeleted, OnlyName],
    )
    .ruled(template::pod_template),
    row(
        "",
        "ReplicationController",
        "replicationcontrollers",
        &[Namespaced, Status, Scale, Generation],
    )
    .short(&["rc"])
    .in_all()
    .ruled(template::replication)
    .fields(|| vec![Field::at("status.replicas").or("0")]),
    row(
        "",
        "ResourceQuota",
        "resourcequotas",
        &[Namespaced, Status, CreatedByUpdate, ReturnedWhenDeleted, OnlyName],
    )
    .short(&["quota"])
    .ruled(quota::quota),
    row("", "Secret", "secrets", &[Namespaced])
        .ruled(config::secret)
        .fields(|| vec![Field::at("type")]),
    row(
        "",
        "ServiceAccount",
        "serviceaccounts",
        &[Namespaced, Token, ReturnedWhenDeleted, OnlyName],
    )
    .short(&["sa"]),
    row(
        "",
        "Service",
        "services",
        &[Namespaced, Status, Proxied, CreatedByUpdate, ReturnedWhenDeleted],
    )
    .short(&["svc"])
    .in_all()
    .ruled(service::service)
    .fields(|| vec![Field::at("spec.clusterIP"), Field::at("spec.type")]),
    row("apps", "ControllerRevision", "controllerrevisions", &[Namespaced, OnlyName])
        .ruled(template::revision),
    row("apps", "DaemonSet", "daemonsets", &[Namespaced, Status, Generation, OnlyName])
        .short(&["ds"])
        .in_all()
        .ruled(workload::daemon_set),
    row("apps", "Deployment", "deployments", APPS)
        .short(&["deploy"])
        .in_all()
        .ruled(workload::deployment),
    row("apps", "ReplicaSet", "replicasets", APPS)
        .short(&["rs"])
        .in_all()
        .ruled(workload::replica_set),
    row("apps", "StatefulSet", "statefulsets", APPS)
        .short(&["sts"])
        .in_all()
        .ruled(workload::stateful_set),
    row("events.k8s.io", "Event", "events", &[Namespaced, CreatedByUpdate])
        .short(&["ev"])
        .ruled(event::grouped)
        .fields(event::grouped_fields),
    row(AUTHENTICATION, "SelfSubjectReview", "selfsubjectreviews", REVIEW),
    row(AUTHENTICATION, "TokenReview", "tokenreviews", REVIEW),
    row(
        AUTHORIZATION,
        "LocalSubjectAccessReview",
        "localsubjectaccessreviews",
        &[Namespaced, Review],
    ),
    row(AUTHORIZATION, "SelfSubjectAccessReview", "selfsubjectaccessreviews", REVIEW),
    row(AUTHORIZATION, "SelfSubjectRulesReview", "selfsubjectrulesreviews", REVIEW),
    row(AUTHORIZATION, "SubjectAccessReview", "subjectaccessreviews", REVIEW),
    row(
        "autoscaling",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        &[Namespaced, Status, OnlyName],
    )
    .version("v2")
    .short(&["hpa"])
    .in_all()
    .ruled(scaling::autoscaler),
    row(
        "autoscaling",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        &[Namespaced, Status, OnlyName],
    )
    .short(&["hpa"])
    .in_all()
    .ruled(scaling_v1::autoscaler),
    row("batch", "CronJob", "cronjobs", &[Namespaced, Status, Generation, OnlyName])
        .short(&["cj"])
        .in_all()
        .ruled(cron::cron_job),
    row("batch", "Job", "jobs", &[Namespaced, Status, Generation, ForKind])
        .in_all()
        .ruled(workload::job)
        .fields(|| vec![Field::from("status.successful", &["status.succeeded"]).or("0")]),
    row(
        "certificates.k8s.io",
        "CertificateSigningRequest",
        "certificatesigningrequests",
        &[Approval, Status],
    )
    .short(&["csr"])
    .ruled(certificate::request)
    .fields(|| vec![Field::at("spec.signerName")]),
    row(
        "discovery.k8s.io",
        "EndpointSlice",
        "endpointslices",
        &[Namespaced, Generation, CreatedByUpdate, OnlyName],
    )
    .ruled(endpoints::slice),
    row(
        "networking.k8s.io",
        "IngressClass",
        "ingressclasses",
        &[Generation, Conditional, OnlyName],
    )
    .ruled(ingress::class),
    row("networking.k8s.io", "Ingress", "ingresses", &[Namespaced, Status, Generation, OnlyName])
        .short(&["ing"])
        .ruled(ingress::ingress),
    row(
        "networking.k8s.io",
        "NetworkPolicy",
        "networkpolicies",
        &[Namespaced, Generation, OnlyName],
    )
    .short(&["netpol"])
    .ruled(policy::network),
    row("node.k8s.io", "RuntimeClass", "runtimeclasses", &[OnlyName]).ruled(class::runtime),
    row(
        "policy",
        "PodDisruptionBudget",
        "poddisruptionbudgets",
        &[Namespaced, Status, Generation, Conditional, OnlyName],
    )
    .short(&["pdb"])
    .ruled(policy::budget),
    row(RBAC, "ClusterRoleBinding", "clusterrolebindings", RULES).ruled(rbac::cluster_binding),
    row(RBAC, "ClusterRole", "clusterroles", RULES).ruled(rbac::cluster_role),
    row(RBAC, "RoleBinding", "rolebindings", RULES_IN).ruled(rbac::binding),
    row(RBAC, "Role", "roles", RULES_IN).ruled(rbac::role),
    row("scheduling.k8s.io", "PriorityClass", "priorityclasses", &[Generation, OnlyName])
        .short(&["pc"])
        .ruled(class::priority),
    row(STORAGE, "CSIDriver", "csidrivers", &[OnlyName]).ruled(storage::driver),
    row(STORAGE, "CSINode", "csinodes", &[OnlyName]).ruled(storage::drivers),
    row(STORAGE, "StorageClass", "storageclasses", &[ReturnedWhenDeleted, OnlyName])
        .short(&["sc"])
        .ruled(storage::class),
    row(STORAGE, "VolumeAttachment", "volumeattachments", &[Status, OnlyName])
        .ruled(storage::attachment),
    row(COORDINATION, "Lease", "leases", LEASE).ruled(lease::lease),
];

/// What a server has that coordinates elections: as with the feature gate and the beta version, which are off by default.
const COORDINATED: &[Row] = &[
    row(COORDINATION, "Lease", "leases", LEASE).ruled(lease::coordinated_lease),
    row(COORDINATION, "LeaseCandidate", "leasecandidates", LEASE)
        .version("v1beta1")
        .ruled(lease::candidate),
];

/// Every built-in kind but that of definitions.
pub(crate) fn builtin_kinds() -> Vec<Kind> {
    let mut kinds: Vec<Kind> = ROWS.iter().map(Row::kind).collect();
    for kind in &mut kinds {
        if kind.group == "events.k8s.io" {
            kind.resource = "/events".into();
            kind.conversion = Some(Arc::new(event::Grouped));
        }
        if kind.group == "autoscaling" && kind.version == "v1" {
            kind.conversion = Some(Arc::new(scaling_v1::Second));
        }
    }
    kinds
}

/// The kinds of a server that coordinates elections, instead of those of the same name and beside the others.
pub(crate) fn coordinated_kinds() -> Vec<Kind> {
    let mut kinds: Vec<Kind> = COORDINATED.iter().map(Row::kind).collect();
    for kind in kinds.iter_mut().filter(|kind| kind.version == "v1beta1") {
        let (version, name) = (kind.api_version(), &kind.kind);
        kind.deprecation =
            Some(format!("{version} {name} is deprecated in v1.36+, unavailable in v1.39+"));
    }
    kinds
}

/// Sets a member of an object unless it is there.
fn fill(object: &mut Value, member: &str, value: impl Into<Value>) {
    if let Some(members) = object.as_object_mut() {
        let slot = members.entry(member).or_insert(Value::Null);
        if slot.is_null() {
            *slot = value.into();
        }
    }
}

/// The items of a list member, to change.
fn items<'a>(object: &'a mut Value, member: &str) -> impl Iterator<Item = &'a mut Value> {
    object.get_mut(member).and_then(Value::as_array_mut).into_iter().flatten()
}
