//! A Node: how it is, what it has, and which Pods use how much of that.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::resource::v1::ResourceSlice;
use kube_core::FieldSelector;
use kube_core::Resource as _;
use serde_json::Value;

use super::super::Ground;
use super::node_pods;
use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::joined;
use super::text::members;
use super::text::or;
use super::text::text;
use super::time;

const ROLE: &str = "node-role.kubernetes.io/";
/// How many pools are shown.
const MOST: usize = 10;

pub async fn describe(
    ground: &Ground,
    object: &Value,
    into: &mut Description,
) -> kube_core::Result<()> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let name = text(&object["metadata"]["name"]);
    into.names(object, false);
    into.field(0, "Roles", or(&roles(object).into(), "<none>"));
    into.notes(object);
    into.field(0, "CreationTimestamp", time::date(&object["metadata"]["creationTimestamp"]));
    let mut taints: Vec<&Value> = items(&spec["taints"]).collect();
    taints.sort_by_key(|taint| format!("{},{}", text(&taint["effect"]), text(&taint["key"])));
    into.lines("Taints", taints.into_iter().map(taint));
    into.field(0, "Unschedulable", spec["unschedulable"] == true);
    describe_lease(ground, &name, into).await;
    describe_conditions(status, into);
    into.line(0, "Addresses:");
    for address in items(&status["addresses"]) {
        into.field(1, &text(&address["type"]), text(&address["address"]));
    }
    for (title, member) in [("Capacity", "capacity"), ("Allocatable", "allocatable")] {
        if is_set(&status[member]) {
            into.line(0, format_args!("{title}:"));
        }
        for (resource, quantity) in members(&status[member]) {
            into.field(1, resource, text(quantity));
        }
    }
    describe_slices(ground, &name, into).await;
    describe_system(&status["nodeInfo"], into);
    into.field_if(0, "PodCIDR", &spec["podCIDR"]);
    into.field_if(0, "PodCIDRs", &joined(&spec["podCIDRs"]).into());
    into.field_if(0, "ProviderID", &spec["providerID"]);
    match pods(ground, &name).await {
        Ok(pods) => node_pods::describe(&pods, status, into),
        Err(error) if error.is_forbidden() => into.field(0, "Pods", "not authorized"),
        Err(error) => return Err(error),
    }
    Ok(())
}

fn roles(object: &Value) -> String {
    let of = |(key, value): (&String, &Value)| match key.strip_prefix(ROLE) {
        Some(role) => Some(role.to_owned()),
        None => (key == "kubernetes.io/role").then(|| text(value)),
    };
    let labels = members(&object["metadata"]["labels"]);
    let roles: BTreeSet<String> = labels.filter_map(of).filter(|role| !role.is_empty()).collect();
    roles.into_iter().collect::<Vec<_>>().join(",")
}

fn taint(taint: &Value) -> String {
    let [key, value, effect] = ["key", "value", "effect"].map(|member| text(&taint[member]));
    match (value.as_str(), effect.as_str()) {
        ("", "") => key,
        ("", effect) => format!("{key}:{effect}"),
        (value, effect) => format!("{key}={value}:{effect}"),
    }
}

async fn describe_lease(ground: &Ground, name: &str, into: &mut Description) {
    let leases = ground.client.api::<Value>(Lease::RESOURCE, Some("kube-node-lease"));
    match leases.get(name).await {
        Ok(lease) => {
            into.line(0, "Lease:");
            into.field(1, "HolderIdentity", or(&lease["spec"]["holderIdentity"], "<unset>"));
            for (title, member) in [("AcquireTime", "acquireTime"), ("RenewTime", "renewTime")] {
                let at = &lease["spec"][member];
                let at = if is_set(at) { time::date(at) } else { "<unset>".to_owned() };
                into.field(1, title, at);
            }
        }
        Err(error) => {
            let why = error.status().map_or_else(|| error.chain(), |it| it.message.clone());
            into.field(0, "Lease", format_args!("Failed to get lease: {why}"));
        }
    }
}

fn describe_conditions(status: &Value, into: &mut Description) {
    let conditions = &status["conditions"];
    if !is_set(conditions) {
        return;
    }
    let row = |condition: &Value| {
        let [kind, status, reason, message] =
            ["type", "status", "reason", "message"].map(|member| text(&condition[member]));
        let [heartbeat, since] =
            ["lastHeartbeatTime", "lastTransitionTime"].map(|it| time::date(&condition[it]));
        format!("{kind} \t{status} \t{heartbeat} \t{since} \t{reason} \t{message}")
    };
    let columns = "Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage";
    into.table("Conditions", columns, items(conditions).map(row));
}

/// The devices of this node alone; nothing where they cannot be read.
async fn describe_slices(ground: &Ground, name: &str, into: &mut Description) {
    let slices = ground.client.api::<Value>(ResourceSlice::RESOURCE, None);
    let Ok(own) = FieldSelector::everything().equals("spec.nodeName", name) else { return };
    let Ok(read) = slices.list().fields(own).await else { return };
    let mut pools: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for slice in &read.items {
        let spec = &slice["spec"];
        let pool = format!("{}\t{}", text(&spec["driver"]), text(&spec["pool"]["name"]));
        let (slices, devices) = pools.entry(pool).or_default();
        *slices += 1;
        *devices += items(&spec["devices"]).count();
    }
    if pools.is_empty() {
        return;
    }
    let more = pools.len().saturating_sub(MOST);
    let rows = pools.iter().take(MOST);
    let rows = rows.map(|(pool, (slices, devices))| format!("{pool}\t{slices}\t{devices}"));
    into.table("Node-Local ResourceSlices", "Driver\tPool\tSlices\tDevices", rows);
    if more > 0 {
        into.line(1, format_args!("...and {more} more pools"));
    }
}

fn describe_system(info: &Value, into: &mut Description) {
    into.line(0, "System Info:");
    for (title, member) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        into.field(1, title, text(&info[member]));
    }
}

/// Those that run there.
async fn pods(ground: &Ground, name: &str) -> kube_core::Result<Vec<Value>> {
    let fields = FieldSelector::everything()
        .equals("spec.nodeName", name)?
        .not_equals("status.phase", "Succeeded")?
        .not_equals("status.phase", "Failed")?;
    let pods = ground.client.api::<Value>(Pod::RESOURCE, None);
    Ok(pods.list().fields(fields).pages(super::PAGE).whole().await?.items)
}
