//! A Namespace: its phase, and what quotas and limits hold there.

use k8s_openapi::api::core::v1::LimitRange;
use k8s_openapi::api::core::v1::ResourceQuota;
use kube_core::ApiResource;
use kube_core::Resource as _;
use serde_json::Value;

use super::super::Ground;
use super::limit_range;
use super::resource_quota;
use super::text::Description;
use super::text::is_set;
use super::text::items;
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
        resource_quota::describe_scopes(quota, 1, "* ", into);
        into.line(1, "Resource\tUsed\tHard");
        into.line(1, "--------\t---\t---");
        resource_quota::describe_amounts(quota, 1, into);
    }
}

fn describe_limits(ranges: &[Value], into: &mut Description) {
    if ranges.is_empty() {
        into.line(0, "No LimitRange resource.");
        return;
    }
    into.line(0, "Resource Limits");
    limit_range::describe_titles(" ", into);
    for range in ranges {
        limit_range::describe_limits(range, " ", into);
    }
}
