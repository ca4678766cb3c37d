//! Pods: their defaults, what may change, how long they are given to end. And nodes.

use super::{Field, Strategy, fill, items, pod_defaults};
use crate::schema::FieldError;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug)]
struct Pod;

#[derive(Debug)]
struct Node;

pub(super) fn pod() -> Arc<dyn Strategy> {
    Arc::new(Pod)
}

pub(super) fn node() -> Arc<dyn Strategy> {
    Arc::new(Node)
}

pub(super) fn fields() -> Vec<Field> {
    vec![
        Field::at("spec.nodeName"),
        Field::from("spec.host", &["spec.nodeName"]),
        Field::at("spec.restartPolicy"),
        Field::at("spec.schedulerName"),
        Field::at("spec.serviceAccountName"),
        Field::at("spec.hostNetwork").or("false"),
        Field::at("status.phase"),
        Field::at("status.podIP"),
        Field::from("status.podIPs", &[]),
        Field::at("status.nominatedNodeName"),
    ]
}

impl Strategy for Pod {
    fn fill_in(&self, object: &mut Value) {
        fill(object, "spec", json!({}));
        pod_defaults::pod_spec(&mut object["spec"]);
        if let Some(ip) = object["status"]["podIP"].as_str().filter(|ip| !ip.is_empty()) {
            let ips = json!([{"ip": ip}]);
            fill(&mut object["status"], "podIPs", ips);
        }
    }

    fn prepare_create(&self, object: &mut Value, _now: &str) {
        let class = quality(&object["spec"]);
        object["status"] = json!({"phase": "Pending", "qosClass": class});
        let spec = &mut object["spec"];
        fill(spec, "serviceAccountName", "default");
        fill(spec, "serviceAccount", spec["serviceAccountName"].clone());
        fill(spec, "priority", 0);
        fill(spec, "preemptionPolicy", "PreemptLowerPriority");
        fill(spec, "tolerations", json!([]));
        if let Some(tolerations) = spec["tolerations"].as_array_mut() {
            for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
                if !tolerations.iter().any(|own| own["key"] == key) {
                    tolerations.push(json!({"key": key, "operator": "Exists",
                        "effect": "NoExecute", "tolerationSeconds": 300}));
                }
            }
        }
    }

    fn prepare_update(&self, object: &mut Value, old: &Value) {
        // What admission gave at creation stays when a client that never saw it replaces the Pod.
        for member in [
            "serviceAccountName",
            "serviceAccount",
            "priority",
            "preemptionPolicy",
            "tolerations",
            "nodeName",
        ] {
            if let Some(value) = old["spec"].get(member).cloned() {
                fill(&mut object["spec"], member, value);
            }
        }
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_spec(&object["spec"], "spec", &mut errors);
        let policy = object["spec"]["restartPolicy"].as_str().unwrap_or("");
        let supported = ["Always", "OnFailure", "Never"];
        if !supported.contains(&policy) {
            let error = FieldError::not_supported("spec.restartPolicy", &json!(policy), supported);
            errors.push(error);
        }
        if let Some(old) = old
            && comparable(object) != comparable(old)
        {
            let text = "pod updates may not change fields other than \
                `spec.containers[*].image`,`spec.initContainers[*].image`,\
                `spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing \
                tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it \
                was previously negative)";
            errors.push(FieldError::forbidden("spec", text));
        }
        errors
    }

    fn resize(&self, spec: &mut Value, new: &Value) {
        for list in ["containers", "initContainers"] {
            let wanted = new[list].as_array().map_or(&[][..], Vec::as_slice);
            for container in items(spec, list) {
                if let Some(new) = wanted.iter().find(|new| new["name"] == container["name"]) {
                    resize(container, new);
                }
            }
        }
    }

    fn validate_resized(&self, object: &Value, old: &Value) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_spec(&object["spec"], "spec", &mut errors);
        if quality(&object["spec"]) != quality(&old["spec"]) {
            let class = &object["status"]["qosClass"];
            let why = "Pod QOS Class may not change as a result of resizing";
            errors.push(FieldError::invalid("spec", class, why));
        }
        errors
    }

    fn validate_added(&self, object: &Value, old: &Value) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let at = "spec.ephemeralContainers";
        let list = |pod: &Value| pod["spec"]["ephemeralContainers"].as_array().cloned();
        let (added, before) = (list(object).unwrap_or_default(), list(old).unwrap_or_default());
        let mut names: Vec<Value> = Vec::new();
        for member in ["containers", "initContainers"] {
            let all = object["spec"][member].as_array().into_iter().flatten();
            names.extend(all.map(|own| own["name"].clone()));
        }
        for (index, container) in added.iter().enumerate() {
            let at = format!("{at}[{index}]");
            if names.contains(&container["name"]) {
                errors.push(FieldError::duplicate(format!("{at}.name"), &container["name"]));
            }
            if container["image"].as_str().is_none_or(str::is_empty) {
                errors.push(FieldError::required(format!("{at}.image"), ""));
            }
            names.push(container["name"].clone());
        }
        for own in &before {
            let name = own["name"].as_str().unwrap_or_default();
            let text = match added.iter().find(|added| added["name"] == own["name"]) {
                Some(same) if same == own => continue,
                Some(_) => format!("existing ephemeral containers {name:?} may not be changed\n"),
                None => format!("existing ephemeral containers {name:?} may not be removed\n"),
            };
            errors.push(FieldError::forbidden(at, text));
        }
        errors
    }

    fn grace(&self, object: &Value, asked: Option<i64>) -> Option<i64> {
        let unscheduled = object["spec"]["nodeName"].as_str().is_none_or(str::is_empty);
        let ended = matches!(object["status"]["phase"].as_str(), Some("Failed" | "Succeeded"));
        if unscheduled || ended {
            return Some(0);
        }
        let own = object["spec"]["terminationGracePeriodSeconds"].as_i64().unwrap_or(30);
        Some(match asked.unwrap_or(own) {
            seconds if seconds < 0 => 1,
            seconds => seconds,
        })
    }
}

/// Processor and memory; nothing else of a container can be resized.
fn resize(container: &mut Value, new: &Value) {
    if let Some(policy) = new.get("resizePolicy") {
        container["resizePolicy"] = policy.clone();
    }
    for kind in ["requests", "limits"] {
        for resource in ["cpu", "memory"] {
            if let Some(size) = new["resources"][kind].get(resource) {
                let sizes = &mut container["resources"][kind];
                if !sizes.is_object() {
                    *sizes = json!({});
                }
                sizes[resource] = size.clone();
            }
        }
    }
}

/// The spec without what may change.
fn comparable(pod: &Value) -> Value {
    let mut spec = pod["spec"].clone();
    for list in ["containers", "initContainers"] {
        for container in items(&mut spec, list) {
            container["image"] = Value::Null;
        }
    }
    for member in ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"] {
        spec[member] = Value::Null;
    }
    spec
}

/// What every Pod and template must have.
pub(super) fn check_spec(spec: &Value, at: &str, errors: &mut Vec<FieldError>) {
    let containers = spec["containers"].as_array();
    if containers.is_none_or(Vec::is_empty) {
        errors.push(FieldError::required(format!("{at}.containers"), ""));
    }
    let mut names: Vec<&str> = Vec::new();
    for (index, container) in containers.into_iter().flatten().enumerate() {
        let at = format!("{at}.containers[{index}]");
        let name = container["name"].as_str().unwrap_or("");
        if name.is_empty() {
            errors.push(FieldError::required(format!("{at}.name"), ""));
        } else if names.contains(&name) {
            errors.push(FieldError::duplicate(format!("{at}.name"), &json!(name)));
        } else if !is_label(name) {
            errors.push(FieldError::invalid(format!("{at}.name"), &json!(name), LABEL));
        }
        names.push(name);
        if container["image"].as_str().is_none_or(str::is_empty) {
            errors.push(FieldError::required(format!("{at}.image"), ""));
        }
    }
}

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters \
    or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', \
    regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

fn is_label(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    let ends =
        bytes.first().copied().is_some_and(inner) && bytes.last().copied().is_some_and(inner);
    ends && name.len() <= 63 && bytes.iter().all(|&byte| inner(byte) || byte == b'-')
}

fn quality(spec: &Value) -> &'static str {
    let containers = || spec["containers"].as_array().into_iter().flatten();
    let resources = |container: &Value, what: &str| container["resources"][what].clone();
    let some = |value: Value| value.as_object().is_some_and(|members| !members.is_empty());
    if !containers().any(|c| some(resources(c, "requests")) || some(resources(c, "limits"))) {
        return "BestEffort";
    }
    let guaranteed = containers().all(|container| {
        let limits = resources(container, "limits");
        let full = !limits["cpu"].is_null() && !limits["memory"].is_null();
        full && resources(container, "requests") == limits
    });
    if guaranteed { "Guaranteed" } else { "Burstable" }
}

impl Strategy for Node {
    fn prepare_create(&self, object: &mut Value, _now: &str) {
        // The server taints what no kubelet has reported on, so that nothing is scheduled too early.
        fill(object, "spec", json!({}));
        let spec = &mut object["spec"];
        fill(spec, "taints", json!([]));
        let key = "node.kubernetes.io/not-ready";
        if let Some(taints) = spec["taints"].as_array_mut()
            && !taints.iter().any(|own| own["key"] == key && own["effect"] == "NoSchedule")
        {
            taints.push(json!({"key": key, "effect": "NoSchedule"}));
        }
    }
}
