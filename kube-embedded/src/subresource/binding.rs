//! A Pod that is given its node by a scheduler: a binding in; the Pod bound, or why not, out.
//!
//! Mirrors: kubernetes pkg/registry/core/pod/storage/storage.go (BindingREST)

use crate::cluster::Cluster;
use crate::crd::put_condition;
use crate::schema::{FieldError, invalid_message};
use crate::status::{Failure, ResourceName};
use crate::verb::{self, Options, Target};
use serde_json::{Value, json};

/// Answers `POST ../pods/NAME/binding`.
pub(crate) async fn bind(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    mut binding: Value,
) -> Result<(), Failure> {
    let node = &binding["target"];
    let mut errors = Vec::new();
    if !matches!(node["kind"].as_str(), None | Some("" | "Node")) {
        let supported = ["Node", "<empty>"];
        errors.push(FieldError::not_supported("target.kind", &node["kind"], supported));
    }
    if node["name"].as_str().is_none_or(str::is_empty) {
        errors.push(FieldError::required("target.name", ""));
    }
    if !errors.is_empty() {
        return Err(Failure::plain(invalid_message(&errors)));
    }
    verb::admit_order(cluster, target, options, ["", "v1", "Binding"], &mut binding).await?;
    let stamp = cluster.clock.stamp();
    verb::rewrite(cluster, target, options.dry_run, &|pod| {
        check(pod, target, &binding)?;
        assign(pod, &binding, &stamp);
        Ok(())
    })
    .await
}

fn assign(pod: &mut Value, binding: &Value, stamp: &str) {
    pod["spec"]["nodeName"] = binding["target"]["name"].clone();
    for member in ["annotations", "labels"] {
        for (key, value) in binding["metadata"][member].as_object().into_iter().flatten() {
            pod["metadata"][member][key] = value.clone();
        }
    }
    if let Some(status) = pod["status"].as_object_mut() {
        status.remove("nominatedNodeName");
    }
    let scheduled = json!({"type": "PodScheduled", "status": "True", "lastProbeTime": null,
        "lastTransitionTime": stamp});
    put_condition(&mut pod["status"], scheduled);
}

fn check(pod: &Value, target: &Target, binding: &Value) -> Result<(), Failure> {
    let name = &target.name;
    for member in ["uid", "resourceVersion"] {
        let asked = binding["metadata"][member].as_str().unwrap_or_default();
        if !asked.is_empty() && pod["metadata"][member] != asked {
            return Err(Failure::modified(target.kind.name(), name));
        }
    }
    let bindings = ResourceName { group: "", plural: "pods/binding" };
    let conflict = |why: &str| Err(Failure::conflict(bindings, name, why));
    if !pod["metadata"]["deletionTimestamp"].is_null() {
        return conflict(&format!("pod {name} is being deleted, cannot be assigned to a host"));
    }
    if pod["spec"]["schedulingGates"].as_array().is_some_and(|gates| !gates.is_empty()) {
        return conflict(&format!("pod {name} has non-empty .spec.schedulingGates"));
    }
    match pod["spec"]["nodeName"].as_str() {
        None | Some("") => Ok(()),
        Some(node) => conflict(&format!(
            "pod {name} is already assigned to node {}",
            crate::json::quoted(node)
        )),
    }
}
