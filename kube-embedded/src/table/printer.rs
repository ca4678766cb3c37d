//! The columns of the built-in kinds, a row each; the cells are in the files beside.

use super::{network, plain, pods, storage};
use crate::kind::{Column, Kind};
use jiff::Timestamp;
use serde_json::{Value, json};

/// One column's head.
pub(super) struct Heading {
    name: String,
    type_: String,
    format: String,
    description: String,
    priority: i64,
}

const NAME: &str = "Name must be unique within a namespace. Is required when creating resources, \
    although some resources may allow a client to request the generation of an appropriate name \
    automatically. Name is primarily intended for creation idempotence and configuration \
    definition. Cannot be updated. More info: \
    https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";
const AGE: &str = "CreationTimestamp is a timestamp representing the server time when this object \
    was created. It is not guaranteed to be set in happens-before order across separate operations. \
    Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by \
    the system. Read-only. Null for lists. More info: \
    https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

impl Heading {
    pub(super) fn new(name: &str, type_: &str, priority: i64) -> Self {
        let description = if matches!(name, "Age" | "Created At") { AGE } else { "" };
        Self {
            name: name.to_owned(),
            type_: type_.to_owned(),
            format: String::new(),
            description: description.to_owned(),
            priority,
        }
    }

    pub(super) fn name() -> Self {
        let (format, description) = ("name".to_owned(), NAME.to_owned());
        Self { format, description, ..Self::new("Name", "string", 0) }
    }

    pub(super) fn age() -> Self {
        Self::new("Age", "date", 0)
    }

    pub(super) fn custom(column: &Column) -> Self {
        let description = if column.description.is_empty() {
            format!("Custom resource definition column (in JSONPath format): {}", column.path)
        } else {
            column.description.clone()
        };
        Self {
            name: column.name.clone(),
            type_: column.type_.clone(),
            format: column.format.clone(),
            description,
            priority: column.priority,
        }
    }

    pub(super) fn to_value(&self) -> Value {
        json!({"name": self.name, "type": self.type_, "format": self.format,
            "description": self.description, "priority": self.priority})
    }
}

/// Reads the cells after the name.
type Cells = fn(&Value, Timestamp) -> Vec<Value>;

/// How one kind is printed: columns after the name (`*`: only wide, `#`: a number, `?`: a boolean).
pub(super) struct Printer {
    group: &'static str,
    kind: &'static str,
    pub(super) columns: &'static [&'static str],
    pub(super) cells: Cells,
}

impl Printer {
    pub(super) fn headings(&self) -> Vec<Heading> {
        let column = |text: &&str| {
            let name = text.trim_end_matches(['*', '#', '?']);
            let type_ = match text.as_bytes() {
                [.., b'#'] => "integer",
                [.., b'?'] => "boolean",
                _ => "string",
            };
            let format = if name == "Name" { "name" } else { "" };
            let heading = Heading::new(name, type_, i64::from(text.contains('*')));
            Heading { format: format.to_owned(), ..heading }
        };
        let first = self.name_first().then(Heading::name);
        first.into_iter().chain(self.columns.iter().map(column)).collect()
    }

    /// Whether the name is the first column; events have it as their last.
    pub(super) fn name_first(&self) -> bool {
        !self.columns.contains(&"Name*")
    }
}

const APPS: &str = "apps";
const RBAC: &str = "rbac.authorization.k8s.io";
const STORAGE: &str = "storage.k8s.io";
const NETWORKING: &str = "networking.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";
const WEBHOOKS: &[&str] = &["Webhooks#", "Age"];
const EVENT: &[&str] = &[
    "Last Seen",
    "Type",
    "Reason",
    "Object",
    "Subobject*",
    "Source*",
    "Message",
    "First Seen*",
    "Count*",
    "Name*",
];
const BINDING: &[&str] = &["Role", "Age", "Users*", "Groups*", "ServiceAccounts*"];

const fn printer(
    group: &'static str,
    kind: &'static str,
    columns: &'static [&'static str],
    cells: Cells,
) -> Printer {
    Printer { group, kind, columns, cells }
}

const PRINTERS: &[Printer] = &[
    printer(
        "",
        "Pod",
        &[
            "Ready",
            "Status",
            "Restarts",
            "Age",
            "IP*",
            "Node*",
            "Nominated Node*",
            "Readiness Gates*",
        ],
        pods::pod,
    ),
    printer("", "ConfigMap", &["Data", "Age"], plain::config_map),
    printer("", "Secret", &["Type", "Data", "Age"], plain::secret),
    printer("", "Namespace", &["Status", "Age"], plain::namespace),
    printer("", "ServiceAccount", &["Age"], plain::age),
    printer("", "Event", EVENT, plain::event),
    printer("events.k8s.io", "Event", EVENT, plain::event),
    printer(
        "",
        "Node",
        &[
            "Status",
            "Roles",
            "Age",
            "Version",
            "Internal-IP*",
            "External-IP*",
            "OS-Image*",
            "Kernel-Version*",
            "Container-Runtime*",
        ],
        pods::node,
    ),
    printer(
        "",
        "Service",
        &["Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector*"],
        plain::service,
    ),
    printer(
        APPS,
        "Deployment",
        &["Ready", "Up-to-date", "Available", "Age", "Containers*", "Images*", "Selector*"],
        pods::deployment,
    ),
    printer(
        APPS,
        "ReplicaSet",
        &["Desired#", "Current#", "Ready#", "Age", "Containers*", "Images*", "Selector*"],
        pods::replica_set,
    ),
    printer(APPS, "StatefulSet", &["Ready", "Age", "Containers*", "Images*"], pods::stateful_set),
    printer(
        APPS,
        "DaemonSet",
        &[
            "Desired#",
            "Current#",
            "Ready#",
            "Up-to-date#",
            "Available#",
            "Node Selector",
            "Age",
            "Containers*",
            "Images*",
            "Selector*",
        ],
        pods::daemon_set,
    ),
    printer("autoscaling", "Scale", &["Desired#", "Available#", "Age"], pods::scale),
    printer(
        "batch",
        "Job",
        &["Status", "Completions", "Duration", "Age", "Containers*", "Images*", "Selector*"],
        pods::job,
    ),
    printer(RBAC, "RoleBinding", BINDING, plain::binding),
    printer(RBAC, "ClusterRoleBinding", BINDING, plain::binding),
    printer(NETWORKING, "NetworkPolicy", &["Pod-Selector", "Age"], pods::network_policy),
    printer(
        "policy",
        "PodDisruptionBudget",
        &["Min Available", "Max Unavailable", "Allowed Disruptions#", "Age"],
        pods::disruption_budget,
    ),
    printer(ADMISSION, "MutatingWebhookConfiguration", WEBHOOKS, plain::webhooks),
    printer(ADMISSION, "ValidatingWebhookConfiguration", WEBHOOKS, plain::webhooks),
    printer(
        ADMISSION,
        "ValidatingAdmissionPolicy",
        &["Validations#", "ParamKind", "Age"],
        plain::admission_policy,
    ),
    printer(
        ADMISSION,
        "ValidatingAdmissionPolicyBinding",
        &["PolicyName", "ParamRef", "Age"],
        plain::admission_binding,
    ),
    printer(
        "",
        "PersistentVolumeClaim",
        &[
            "Status",
            "Volume",
            "Capacity",
            "Access Modes",
            "StorageClass",
            "VolumeAttributesClass",
            "Age",
            "VolumeMode*",
        ],
        storage::claim,
    ),
    printer(
        "",
        "PersistentVolume",
        &[
            "Capacity",
            "Access Modes",
            "Reclaim Policy",
            "Status",
            "Claim",
            "StorageClass",
            "VolumeAttributesClass",
            "Reason",
            "Age",
            "VolumeMode*",
        ],
        storage::volume,
    ),
    printer(
        STORAGE,
        "StorageClass",
        &["Provisioner", "ReclaimPolicy", "VolumeBindingMode", "AllowVolumeExpansion", "Age"],
        storage::class,
    ),
    printer(
        STORAGE,
        "CSIDriver",
        &[
            "AttachRequired?",
            "PodInfoOnMount?",
            "StorageCapacity?",
            "TokenRequests",
            "RequiresRepublish?",
            "Modes",
            "Age",
        ],
        storage::driver,
    ),
    printer(STORAGE, "CSINode", &["Drivers#", "Age"], storage::drivers),
    printer(
        STORAGE,
        "VolumeAttachment",
        &["Attacher", "PV", "Node", "Attached?", "Age"],
        storage::attachment,
    ),
    printer(
        NETWORKING,
        "Ingress",
        &["Class", "Hosts", "Address", "Ports", "Age"],
        network::ingress,
    ),
    printer(
        NETWORKING,
        "IngressClass",
        &["Controller", "Parameters", "Age"],
        network::ingress_class,
    ),
    printer("", "Endpoints", &["Endpoints", "Age"], network::endpoints),
    printer(
        "discovery.k8s.io",
        "EndpointSlice",
        &["AddressType", "Ports", "Endpoints", "Age"],
        network::slice,
    ),
    printer(
        "autoscaling",
        "HorizontalPodAutoscaler",
        &["Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age"],
        pods::autoscaler,
    ),
    printer(
        "batch",
        "CronJob",
        &[
            "Schedule",
            "Timezone",
            "Suspend?",
            "Active#",
            "Last Schedule",
            "Age",
            "Containers*",
            "Images*",
            "Selector*",
        ],
        pods::cron_job,
    ),
    printer(
        "",
        "ReplicationController",
        &["Desired#", "Current#", "Ready#", "Age", "Containers*", "Images*", "Selector*"],
        pods::replication_controller,
    ),
    printer("", "PodTemplate", &["Containers", "Images", "Pod Labels"], pods::pod_template),
    printer("", "ResourceQuota", &["Request", "Limit", "Age"], plain::quota),
    printer(APPS, "ControllerRevision", &["Controller", "Revision", "Age"], plain::revision),
    printer(
        "scheduling.k8s.io",
        "PriorityClass",
        &["Value#", "Global-Default?", "Age", "PreemptionPolicy"],
        plain::priority_class,
    ),
    printer("node.k8s.io", "RuntimeClass", &["Handler", "Age"], plain::runtime_class),
    printer("coordination.k8s.io", "Lease", &["Holder", "Age"], plain::lease),
    printer(
        "coordination.k8s.io",
        "LeaseCandidate",
        &["LeaseName", "BinaryVersion", "EmulationVersion", "Age"],
        plain::candidate,
    ),
];

/// The printer of a built-in kind, if it has its own.
pub(super) fn of(kind: &Kind) -> Option<&'static Printer> {
    PRINTERS.iter().find(|own| !kind.custom && own.group == kind.group && own.kind == kind.kind)
}
