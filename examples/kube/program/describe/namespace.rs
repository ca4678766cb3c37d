//! A Namespace: its phase, and what quotas and limits hold there.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::LimitRange;
use k8s_openapi::api::core::v1::ResourceQuota;
use kube_core::ApiResource;
use kube_core::Resource as _;
use serde_json::Value;

use super::super::Ground;
use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::members;
use super::text::or;
use super::text::text;
use super::time;

pub async fn describe(
    ground: &Ground,
    object: &Value,
    into: &mut Description,
) -> kube_core::Result<()> {
    into.names(object, false);
    into.notes(object);
    into.field(0, "Status", text(&object["status"]["phase"]));
    let conditions = &object["status"]["conditions"];
    if is_set(conditions) {
        let columns = "Type\tStatus\tLastTransitionTime\tReason\tMessage";
        into.table("Conditions", columns, items(conditions).map(condition));
    }
    let name = text(&object["metadata"]["name"]);
    if let Some(quotas) = held(ground, ResourceQuota::RESOURCE, &name).await? {
        into.line(0, "");
        describe_quotas(quotas, into);
    }
    if let Some(limits) = held(ground, LimitRange::RESOURCE, &name).await? {
        into.line(0, "");
        describe_limits(&limits, into);
    }
    Ok(())
}

/// None if the server has no such kind.
async fn held(
    ground: &Ground,
    resource: ApiResource,
    name: &str,
) -> kube_core::Result<Option<Vec<Value>>> {
    let api = ground.client.api::<Value>(resource, Some(name));
    match api.list().pages(super::PAGE).whole().await {
        Ok(list) => Ok(Some(list.items)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn condition(condition: &Value) -> String {
    let [kind, status, reason, message] =
        ["type", "status", "reason", "message"].map(|member| text(&condition[member]));
    let since = time::date(&condition["lastTransitionTime"]);
    format!("{kind}\t{status}\t{since}\t{reason}\t{message}")
}

fn describe_quotas(mut quotas: Vec<Value>, into: &mut Description) {
    if quotas.is_empty() {
        into.line(0, "No resource quota.");
        return;
    }
    quotas.sort_by_key(|quota| text(&quota["metadata"]["name"]));
    into.line(0, "Resource Quotas");
    for quota in &quotas {
        into.field(1, "Name", text(&quota["metadata"]["name"]));
        let scopes: BTreeSet<String> = items(&quota["spec"]["scopes"]).map(text).collect();
        if !scopes.is_empty() {
            let all: Vec<&str> = scopes.iter().map(String::as_str).collect();
            into.field(1, "Scopes", all.join(", "));
            for help in scopes.iter().filter_map(|scope| help(scope)) {
                into.line(1, format_args!("* {help}"));
            }
        }
        into.line(1, "Resource\tUsed\tHard");
        into.line(1, "--------\t---\t---");
        for (resource, hard) in members(&quota["status"]["hard"]) {
            let used = or(&quota["status"]["used"][resource], "0");
            into.line(1, format_args!("{resource}\t{used}\t{}", text(hard)));
        }
    }
}

fn help(scope: &str) -> Option<&'static str> {
    Some(match scope {
        "Terminating" => {
            "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system."
        }
        "NotTerminating" => {
            "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate."
        }
        "BestEffort" => {
            "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service."
        }
        "NotBestEffort" => {
            "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service."
        }
        _ => return None,
    })
}

/// In the order of their names; kubectl has them in none.
fn describe_limits(ranges: &[Value], into: &mut Description) {
    if ranges.is_empty() {
        into.line(0, "No LimitRange resource.");
        return;
    }
    into.line(0, "Resource Limits");
    into.line(
        0,
        " Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio",
    );
    into.line(
        0,
        " ----\t--------\t---\t---\t---------------\t-------------\t-----------------------",
    );
    let sorts = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    for limit in ranges.iter().flat_map(|range| items(&range["spec"]["limits"])) {
        let resources: BTreeSet<&String> =
            sorts.iter().flat_map(|sort| members(&limit[sort]).map(|(name, _)| name)).collect();
        for resource in resources {
            let cells = sorts.map(|sort| or(&limit[sort][resource], "-")).join("\t");
            into.line(0, format_args!(" {}\t{resource}\t{cells}", text(&limit["type"])));
        }
    }
}
