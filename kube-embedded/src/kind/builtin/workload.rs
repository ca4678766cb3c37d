//! Deployments, `ReplicaSet`s, `StatefulSet`s, `DaemonSet`s and Jobs: defaults and what must fit together.

use super::pod::check_spec;
use super::storage::claim_defaults;
use super::{Strategy, fill, pod_defaults};
use crate::schema::FieldError;
use serde_json::{Value, json};
use std::sync::Arc;

/// Which of the workloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Workload {
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    Job,
}

pub(super) fn deployment() -> Arc<dyn Strategy> {
    Arc::new(Workload::Deployment)
}

pub(super) fn replica_set() -> Arc<dyn Strategy> {
    Arc::new(Workload::ReplicaSet)
}

pub(super) fn stateful_set() -> Arc<dyn Strategy> {
    Arc::new(Workload::StatefulSet)
}

pub(super) fn daemon_set() -> Arc<dyn Strategy> {
    Arc::new(Workload::DaemonSet)
}

pub(super) fn job() -> Arc<dyn Strategy> {
    Arc::new(Workload::Job)
}

impl Strategy for Workload {
    fn fill_in(&self, object: &mut Value) {
        fill(object, "spec", json!({}));
        if *self == Self::DaemonSet {
            let metadata = &mut object["metadata"];
            fill(metadata, "annotations", json!({}));
            let name = "deprecated.daemonset.template.generation";
            fill(&mut metadata["annotations"], name, "1");
        }
        let spec = &mut object["spec"];
        match self {
            Self::Deployment => deployment_defaults(spec),
            Self::ReplicaSet => fill(spec, "replicas", 1),
            Self::StatefulSet => stateful_defaults(spec),
            Self::DaemonSet => daemon_defaults(spec),
            Self::Job => job_defaults(spec),
        }
        fill(spec, "template", json!({}));
        fill(&mut spec["template"], "metadata", json!({}));
        fill(&mut spec["template"], "spec", json!({}));
        pod_defaults::template_spec(&mut spec["template"]["spec"]);
    }

    fn prepare_create(&self, object: &mut Value, _now: &str) {
        object["status"] = match self {
            Self::Deployment | Self::Job => json!({}),
            Self::ReplicaSet => json!({"replicas": 0}),
            Self::StatefulSet => json!({"replicas": 0, "availableReplicas": 0}),
            Self::DaemonSet => json!({"currentNumberScheduled": 0, "numberMisscheduled": 0,
                "desiredNumberScheduled": 0, "numberReady": 0}),
        };
        if *self == Self::Job {
            job_selector(object);
        }
    }

    fn new_generation(&self, object: &Value, old: &Value) -> bool {
        let annotations = |object: &Value| object["metadata"]["annotations"].clone();
        object.get("spec") != old.get("spec")
            || (*self == Self::Deployment && annotations(object) != annotations(old))
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let spec = &object["spec"];
        for member in ["replicas", "parallelism", "completions", "backoffLimit"] {
            if spec[member].as_i64().is_some_and(|number| number < 0) {
                let detail = "must be greater than or equal to 0";
                let error = FieldError::invalid(format!("spec.{member}"), &spec[member], detail);
                errors.push(error);
            }
        }
        if *self != Self::Job || spec["manualSelector"] == true {
            check_selector(spec, &mut errors);
        }
        if let Some(old) = old
            && *self != Self::ReplicaSet
            && spec["selector"] != old["spec"]["selector"]
        {
            let error =
                FieldError::invalid("spec.selector", &spec["selector"], "field is immutable");
            errors.push(error);
        }
        check_spec(&spec["template"]["spec"], "spec.template.spec", &mut errors);
        let policy = &spec["template"]["spec"]["restartPolicy"];
        let supported: &[&str] =
            if *self == Self::Job { &["OnFailure", "Never"] } else { &["Always"] };
        if !policy.as_str().is_some_and(|policy| supported.contains(&policy)) {
            let field = "spec.template.spec.restartPolicy";
            if *self == Self::Job {
                errors.push(FieldError::required(field, "valid values: \"OnFailure\", \"Never\""));
            } else {
                let error = FieldError::not_supported(field, policy, supported.iter().copied());
                errors.push(error);
            }
        }
        errors
    }

    fn orphans_by_default(&self) -> bool {
        *self == Self::Job
    }
}

fn check_selector(spec: &Value, errors: &mut Vec<FieldError>) {
    let selector = &spec["selector"];
    let labels = &spec["template"]["metadata"]["labels"];
    let empty = |member: &str| match &selector[member] {
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    };
    if !selector.is_object() {
        errors.push(FieldError::required("spec.selector", ""));
    } else if empty("matchLabels") && empty("matchExpressions") {
        let detail = "empty selector is invalid for deployment";
        errors.push(FieldError::invalid("spec.selector", selector, detail));
    }
    let wanted = selector["matchLabels"].as_object();
    let fits = selector.is_object()
        && wanted.into_iter().flatten().all(|(key, value)| labels.get(key) == Some(value));
    if !fits {
        let detail = "`selector` does not match template `labels`";
        errors.push(FieldError::invalid("spec.template.metadata.labels", labels, detail));
    }
}

fn deployment_defaults(spec: &mut Value) {
    fill(spec, "replicas", 1);
    fill(spec, "revisionHistoryLimit", 10);
    fill(spec, "progressDeadlineSeconds", 600);
    fill(spec, "strategy", json!({}));
    let strategy = &mut spec["strategy"];
    fill(strategy, "type", "RollingUpdate");
    if strategy["type"] == "" {
        strategy["type"] = "RollingUpdate".into();
    }
    if strategy["type"] == "RollingUpdate" {
        fill(strategy, "rollingUpdate", json!({}));
        fill(&mut strategy["rollingUpdate"], "maxUnavailable", "25%");
        fill(&mut strategy["rollingUpdate"], "maxSurge", "25%");
    }
}

fn stateful_defaults(spec: &mut Value) {
    fill(spec, "replicas", 1);
    fill(spec, "serviceName", "");
    fill(spec, "podManagementPolicy", "OrderedReady");
    fill(spec, "revisionHistoryLimit", 10);
    fill(spec, "updateStrategy", json!({}));
    let strategy = &mut spec["updateStrategy"];
    fill(strategy, "type", "RollingUpdate");
    if strategy["type"] == "RollingUpdate" {
        fill(strategy, "rollingUpdate", json!({}));
        fill(&mut strategy["rollingUpdate"], "partition", 0);
    }
    let retention = json!({"whenDeleted": "Retain", "whenScaled": "Retain"});
    fill(spec, "persistentVolumeClaimRetentionPolicy", retention);
    for claim in spec["volumeClaimTemplates"].as_array_mut().into_iter().flatten() {
        fill(claim, "apiVersion", "v1");
        fill(claim, "kind", "PersistentVolumeClaim");
        claim_defaults(claim);
        fill(claim, "status", json!({}));
        fill(&mut claim["status"], "phase", "Pending");
    }
}

fn daemon_defaults(spec: &mut Value) {
    fill(spec, "revisionHistoryLimit", 10);
    fill(spec, "updateStrategy", json!({}));
    let strategy = &mut spec["updateStrategy"];
    fill(strategy, "type", "RollingUpdate");
    if strategy["type"] == "RollingUpdate" {
        fill(strategy, "rollingUpdate", json!({}));
        fill(&mut strategy["rollingUpdate"], "maxUnavailable", 1);
        fill(&mut strategy["rollingUpdate"], "maxSurge", 0);
    }
}

fn job_defaults(spec: &mut Value) {
    if spec["completions"].is_null() && spec["parallelism"].is_null() {
        fill(spec, "completions", 1);
    }
    fill(spec, "parallelism", 1);
    fill(spec, "backoffLimit", 6);
    fill(spec, "manualSelector", false);
    fill(spec, "completionMode", "NonIndexed");
    fill(spec, "suspend", false);
    fill(spec, "podReplacementPolicy", "TerminatingOrFailed");
}

/// A Job selects the Pods that carry its uid.
fn job_selector(object: &mut Value) {
    if object["spec"]["manualSelector"] == true {
        return;
    }
    let (uid, name) = (object["metadata"]["uid"].clone(), object["metadata"]["name"].clone());
    fill(&mut object["metadata"], "labels", json!({}));
    fill(&mut object["spec"]["template"]["metadata"], "labels", json!({}));
    for (label, value) in [
        ("batch.kubernetes.io/controller-uid", &uid),
        ("batch.kubernetes.io/job-name", &name),
        ("controller-uid", &uid),
        ("job-name", &name),
    ] {
        object["metadata"]["labels"][label] = value.clone();
        object["spec"]["template"]["metadata"]["labels"][label] = value.clone();
    }
    let labels = json!({"batch.kubernetes.io/controller-uid": uid});
    object["spec"]["selector"] = json!({"matchLabels": labels});
}
