//! A ReplicaSet or a ReplicationController: how many Pods there are and should be, and what they are made of.

use k8s_openapi::api::core::v1::Pod;
use kube_core::Resource as _;
use serde_json::Value;
use serde_json::json;

use super::super::Ground;
use super::selector;
use super::template;
use super::text::Description;
use super::text::controller;
use super::text::is_set;
use super::text::items;
use super::text::number;
use super::text::or;
use super::text::text;

pub async fn describe(ground: &Ground, object: &Value, into: &mut Description) {
    into.names(object, true);
    let is_replica_set = object["kind"] == "ReplicaSet";
    let selector = match &object["spec"]["selector"] {
        selector if is_replica_set => selector::of(selector),
        labels => selector::of(&json!({ "matchLabels": labels })),
    };
    into.field(0, "Selector", or(&selector.as_str().into(), "<none>"));
    into.notes(object);
    if is_replica_set {
        into.controller(object);
    }
    let (now, wanted) = (&object["status"]["replicas"], &object["spec"]["replicas"]);
    let replicas = format!("{} current / {} desired", number(now), number(wanted));
    into.field(0, "Replicas", replicas);
    let status = pods_status(ground, object, &selector).await;
    let status =
        status.unwrap_or_else(|error| format!("error in fetching pods: {}", error.chain()));
    into.field(0, "Pods Status", status);
    template::describe(&object["spec"]["template"], into);
    describe_conditions(object, into);
}

/// How many of a workload's Pods run, wait, succeeded and failed.
pub async fn pods_status(
    ground: &Ground,
    object: &Value,
    selector: &str,
) -> kube_core::Result<String> {
    let namespace = text(&object["metadata"]["namespace"]);
    let pods = ground.client.api::<Value>(Pod::RESOURCE, Some(&namespace));
    let pods = pods.list().labels(selector).pages(super::PAGE).whole().await?;
    let uid = &object["metadata"]["uid"];
    let own = pods.items.iter().filter(|pod| controller(pod).is_some_and(|it| it["uid"] == *uid));
    let phases: Vec<String> = own.map(|pod| text(&pod["status"]["phase"])).collect();
    let count = |wanted: &str| phases.iter().filter(|phase| *phase == wanted).count();
    let [running, waiting, succeeded, failed] =
        ["Running", "Pending", "Succeeded", "Failed"].map(count);
    Ok(format!("{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed"))
}

/// Those of a workload.
pub fn describe_conditions(object: &Value, into: &mut Description) {
    let conditions = &object["status"]["conditions"];
    if is_set(conditions) {
        let row = |condition: &Value| {
            let [kind, status, reason] =
                ["type", "status", "reason"].map(|member| text(&condition[member]));
            format!("{kind} \t{status}\t{reason}")
        };
        into.table("Conditions", "Type\tStatus\tReason", items(conditions).map(row));
    }
}
