//! A Pod: where it is, how it is, what is in it and what it gets.

use serde_json::Value;

use super::containers;
use super::containers::Where;
use super::events::About;
use super::template;
use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::number;
use super::text::text;
use super::time;
use super::volumes;

/// The annotation of a Pod that a node runs from a file: under which uid it tells of it.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// Nodes tell of a Pod without its kind.
pub fn about(object: &Value) -> About {
    let about = About { kind: None, ..About::of(object) };
    match object["metadata"]["annotations"][MIRROR].as_str() {
        Some(uid) => About { uid: uid.to_owned(), ..about },
        None => about,
    }
}

pub fn describe(object: &Value, into: &mut Description) {
    let (spec, status) = (&object["spec"], &object["status"]);
    into.names(object, true);
    into.field_if(0, "Priority", &spec["priority"]);
    into.field_if(0, "Priority Class Name", &spec["priorityClassName"]);
    into.field_if(0, "Runtime Class Name", &spec["runtimeClassName"]);
    into.field_if(0, "Service Account", &spec["serviceAccountName"]);
    match is_set(&spec["nodeName"]) {
        false => into.field(0, "Node", "<none>"),
        true => {
            let node = format!("{}/{}", text(&spec["nodeName"]), text(&status["hostIP"]));
            into.field(0, "Node", node);
        }
    }
    if is_set(&status["startTime"]) {
        into.field(0, "Start Time", time::date(&status["startTime"]));
    }
    into.notes(object);
    describe_status(object, into);
    into.controller(object);
    into.field_if(0, "NominatedNodeName", &status["nominatedNodeName"]);
    if spec["resources"].is_object() {
        into.line(0, "Resources:");
        containers::describe_resources(&spec["resources"], 1, into);
    }
    for (title, sort) in [
        ("Init Containers", "initContainers"),
        ("Containers", "containers"),
        ("Ephemeral Containers", "ephemeralContainers"),
    ] {
        if sort == "containers" || is_set(&spec[sort]) {
            let statuses = format!("{}Statuses", sort.trim_end_matches('s'));
            let place = Where::Pod { pod: object, statuses: &status[statuses] };
            containers::describe(title, &spec[sort], place, into);
        }
    }
    describe_conditions(object, into);
    volumes::describe(&spec["volumes"], "", into);
    into.field(0, "QoS Class", text(&status["qosClass"]));
    into.labels("Node-Selectors", &spec["nodeSelector"]);
    template::describe_tolerations(spec, "", into);
    template::describe_spread(spec, "", into);
    template::describe_group(spec, "", into);
}

fn describe_status(object: &Value, into: &mut Description) {
    let (metadata, status) = (&object["metadata"], &object["status"]);
    let phase = text(&status["phase"]);
    let ended = matches!(phase.as_str(), "Failed" | "Succeeded");
    if is_set(&metadata["deletionTimestamp"]) && !ended {
        let since = time::age(&metadata["deletionTimestamp"]);
        into.field(0, "Status", format_args!("Terminating (lasts {since})"));
        let grace = number(&metadata["deletionGracePeriodSeconds"]);
        into.field(0, "Termination Grace Period", format_args!("{grace}s"));
    } else {
        into.field(0, "Status", phase);
    }
    into.field_if(0, "Reason", &status["reason"]);
    into.field_if(0, "Message", &status["message"]);
    let profile = &object["spec"]["securityContext"]["seccompProfile"];
    if profile.is_object() {
        into.field(0, "SeccompProfile", text(&profile["type"]));
        if profile["type"] == "Localhost" {
            into.field(0, "LocalhostProfile", text(&profile["localhostProfile"]));
        }
    }
    into.field(0, "IP", text(&status["podIP"]));
    match is_set(&status["podIPs"]) {
        false => into.field(0, "IPs", "<none>"),
        true => into.line(0, "IPs:"),
    }
    for address in items(&status["podIPs"]) {
        into.field(1, "IP", text(&address["ip"]));
    }
}

fn describe_conditions(object: &Value, into: &mut Description) {
    let (gates, conditions) = (&object["spec"]["readinessGates"], &object["status"]["conditions"]);
    if is_set(gates) {
        into.line(0, "Readiness Gates:\n  Type\tStatus");
        for gate in items(gates) {
            let kind = &gate["conditionType"];
            let known = items(conditions).find(|condition| condition["type"] == *kind);
            let status = known.map_or_else(|| "<none>".to_owned(), |known| text(&known["status"]));
            into.line(1, format_args!("{} \t{status} ", text(kind)));
        }
    }
    if is_set(conditions) {
        into.line(0, "Conditions:\n  Type\tStatus");
        for condition in items(conditions) {
            let (kind, status) = (text(&condition["type"]), text(&condition["status"]));
            into.line(1, format_args!("{kind} \t{status} "));
        }
    }
}
