//! A PersistentVolumeClaim: what it has been given, and which Pods use it.

use k8s_openapi::api::core::v1::Pod;
use kube_core::Resource as _;
use serde_json::Value;

use super::super::Ground;
use super::persistent_volume;
use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::or;
use super::text::text;
use super::time;

pub async fn describe(
    ground: &Ground,
    object: &Value,
    into: &mut Description,
) -> kube_core::Result<()> {
    let users = users(ground, object).await?;
    let (spec, status) = (&object["spec"], &object["status"]);
    into.names(object, true);
    into.field(0, "StorageClass", persistent_volume::class(object));
    into.field(0, "Status", persistent_volume::status(object));
    into.field(0, "Volume", text(&spec["volumeName"]));
    into.notes(object);
    into.field(0, "Finalizers", persistent_volume::finalizers(object));
    let (mut capacity, mut modes) = (String::new(), String::new());
    if is_set(&spec["volumeName"]) {
        capacity = or(&status["capacity"]["storage"], "0");
        modes = persistent_volume::access_modes(&status["accessModes"]);
    }
    into.field(0, "Capacity", capacity);
    into.field(0, "Access Modes", modes);
    into.field_if(0, "VolumeMode", &spec["volumeMode"]);
    let source = &spec["dataSource"];
    if source.is_object() {
        into.line(0, "DataSource:");
        into.field_if(1, "APIGroup", &source["apiGroup"]);
        into.field(1, "Kind", text(&source["kind"]));
        into.field(1, "Name", text(&source["name"]));
    }
    into.lines("Used By", users);
    if is_set(&status["conditions"]) {
        into.line(0, "Conditions:");
        into.line(1, "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage");
        into.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
        for condition in items(&status["conditions"]) {
            into.line(1, row(condition));
        }
    }
    Ok(())
}

fn row(condition: &Value) -> String {
    let [kind, status, reason, message] =
        ["type", "status", "reason", "message"].map(|member| text(&condition[member]));
    let [probed, changed] =
        ["lastProbeTime", "lastTransitionTime"].map(|member| time::date(&condition[member]));
    format!("{kind} \t{status} \t{probed} \t{changed} \t{reason} \t{message}")
}

/// The Pods that have it as a volume, a line a volume, and those that it was made for.
async fn users(ground: &Ground, object: &Value) -> kube_core::Result<Vec<String>> {
    let metadata = &object["metadata"];
    let pods = ground.client.api::<Value>(Pod::RESOURCE, metadata["namespace"].as_str());
    let pods = pods.list().pages(super::PAGE).whole().await?.items;
    let mut using: Vec<&Value> = Vec::new();
    for pod in &pods {
        let claims =
            items(&pod["spec"]["volumes"]).map(|it| &it["persistentVolumeClaim"]["claimName"]);
        using.extend(claims.filter(|claim| **claim == metadata["name"]).map(|_| pod));
    }
    for owner in items(&metadata["ownerReferences"]).filter(|owner| owner["kind"] == "Pod") {
        let is_owner = |pod: &&Value| pod["metadata"]["uid"] == owner["uid"];
        if !using.iter().any(is_owner) {
            using.extend(pods.iter().find(is_owner));
        }
    }
    let mut names: Vec<String> = using.iter().map(|pod| text(&pod["metadata"]["name"])).collect();
    names.sort();
    Ok(names)
}
