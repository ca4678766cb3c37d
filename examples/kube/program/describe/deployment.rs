//! A Deployment: how many Pods there are and should be, how they are replaced, and its ReplicaSets.

use k8s_openapi::api::apps::v1::ReplicaSet;
use kube_core::Resource as _;
use serde_json::Value;

use super::super::Ground;
use super::replica_set;
use super::selector;
use super::template;
use super::text::Description;
use super::text::controller;
use super::text::number;
use super::text::text;
use super::time;

pub async fn describe(ground: &Ground, object: &Value, into: &mut Description) {
    into.names(object, true);
    into.field(0, "CreationTimestamp", time::date(&object["metadata"]["creationTimestamp"]));
    into.notes(object);
    let (spec, status) = (&object["spec"], &object["status"]);
    let selector = selector::of(&spec["selector"]);
    into.field(0, "Selector", &selector);
    let [updated, all, available, unavailable] =
        ["updatedReplicas", "replicas", "availableReplicas", "unavailableReplicas"]
            .map(|member| number(&status[member]));
    let wanted = number(&spec["replicas"]);
    let replicas = format!(
        "{wanted} desired | {updated} updated | {all} total | {available} available | {unavailable} unavailable"
    );
    into.field(0, "Replicas", replicas);
    into.field(0, "StrategyType", text(&spec["strategy"]["type"]));
    into.field(0, "MinReadySeconds", number(&spec["minReadySeconds"]));
    if let rolling @ Value::Object(_) = &spec["strategy"]["rollingUpdate"] {
        let [missing, surplus] =
            ["maxUnavailable", "maxSurge"].map(|member| text(&rolling[member]));
        let text = format!("{missing} max unavailable, {surplus} max surge");
        into.field(0, "RollingUpdateStrategy", text);
    }
    template::describe(&spec["template"], into);
    replica_set::describe_conditions(object, into);
    let sets = sets(ground, object, &selector).await;
    if !sets.is_empty() {
        let (new, old): (Vec<_>, Vec<_>) = sets.into_iter().partition(|(is_new, _)| *is_new);
        into.field(0, "OldReplicaSets", told(&old));
        into.field(0, "NewReplicaSet", told(&new));
    }
}

/// Its ReplicaSets, oldest first, and which of them is as the Deployment wants it. None if they cannot be read.
async fn sets(ground: &Ground, object: &Value, selector: &str) -> Vec<(bool, Value)> {
    let namespace = text(&object["metadata"]["namespace"]);
    let sets = ground.client.api::<Value>(ReplicaSet::RESOURCE, Some(&namespace));
    let read = sets.list().labels(selector).pages(super::PAGE).whole().await;
    let uid = &object["metadata"]["uid"];
    let all = read.map(|list| list.items).unwrap_or_default();
    let own = |set: &Value| controller(set).is_some_and(|owner| owner["uid"] == *uid);
    let mut own: Vec<Value> = all.into_iter().filter(own).collect();
    own.sort_by_key(|set| {
        (time::at(&set["metadata"]["creationTimestamp"]), text(&set["metadata"]["name"]))
    });
    let wanted = without_hash(&object["spec"]["template"]);
    let new = own.iter().position(|set| without_hash(&set["spec"]["template"]) == wanted);
    own.into_iter().enumerate().map(|(index, set)| (Some(index) == new, set)).collect()
}

/// A template without what the controller wrote into it.
fn without_hash(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove("pod-template-hash");
    }
    template
}

fn told(sets: &[(bool, Value)]) -> String {
    let told = |(_, set): &(bool, Value)| {
        let (name, now, wanted) =
            (&set["metadata"]["name"], &set["status"]["replicas"], &set["spec"]["replicas"]);
        format!("{} ({}/{} replicas created)", text(name), number(now), number(wanted))
    };
    match sets {
        [] => "<none>".to_owned(),
        sets => sets.iter().map(told).collect::<Vec<_>>().join(", "),
    }
}
