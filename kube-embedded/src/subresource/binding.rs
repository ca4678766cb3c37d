//! A Pod that is given its node by a scheduler: a binding in; the Pod bound, or why not, out.
//!
//! Mirrors: kubernetes pkg/registry/core/pod/storage/storage.go (BindingREST)

use crate::cluster::Cluster;
use crate::status::{Failure, ResourceName};
use crate::verb::{self, Document, Options, Target};
use serde_json::{Value, json};

/// Answers `POST ../pods/NAME/binding`.
pub(crate) async fn bind(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    binding: &Value,
) -> Result<(), Failure> {
    let of = &binding["target"];
    let node = of["name"].as_str().unwrap_or_default();
    let kind = of["kind"].as_str().unwrap_or_default();
    let mut wrong = Vec::new();
    if !matches!(kind, "" | "Node") {
        let kind = crate::json::quoted(kind);
        let text = format!(
            "target.kind: Unsupported value: {kind}: supported values: \"Node\", \"<empty>\""
        );
        wrong.push(text);
    }
    if node.is_empty() {
        wrong.push("target.name: Required value".to_owned());
    }
    match &wrong[..] {
        [] => {}
        [one] => return Err(Failure::plain(one)),
        all => return Err(Failure::plain(format!("[{}]", all.join(", ")))),
    }
    let pods = Target { sub: None, ..target.clone() };
    loop {
        let mut pod = verb::view_value(&pods.kind, &*verb::get(cluster, &pods).await?);
        check(&pod, target)?;
        pod["spec"]["nodeName"] = node.into();
        for (key, value) in binding["metadata"]["annotations"].as_object().into_iter().flatten() {
            pod["metadata"]["annotations"][key] = value.clone();
        }
        match verb::update(cluster, &pods, options, Document::from(pod)).await {
            Err(failure) if failure.is_conflict() => {}
            done => {
                done?;
                break;
            }
        }
    }
    let scheduled = json!({"type": "PodScheduled", "status": "True", "lastProbeTime": null,
        "lastTransitionTime": cluster.clock.stamp()});
    loop {
        let mut pod = verb::view_value(&pods.kind, &*verb::get(cluster, &pods).await?);
        let conditions = pod["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let mut others: Vec<Value> =
            conditions.into_iter().filter(|own| own["type"] != "PodScheduled").collect();
        others.push(scheduled.clone());
        pod["status"]["conditions"] = others.into();
        let status = pods.clone().status();
        match verb::update(cluster, &status, options, Document::from(pod)).await {
            Err(failure) if failure.is_conflict() => {}
            done => return done.map(drop),
        }
    }
}

fn check(pod: &Value, target: &Target) -> Result<(), Failure> {
    let name = &target.name;
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
