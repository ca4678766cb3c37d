//! A HorizontalPodAutoscaler: what it measures, and how many Pods that makes.

use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use kube_core::Resource as _;
use serde_json::Value;

use super::super::Ground;
use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::number;
use super::text::or;
use super::text::text;
use super::time;

const UNKNOWN: &str = "<unknown>";

/// In the version that has all metrics, whichever was asked for.
pub async fn describe(
    ground: &Ground,
    object: &Value,
    into: &mut Description,
) -> kube_core::Result<()> {
    let metadata = &object["metadata"];
    let known = HorizontalPodAutoscaler::RESOURCE;
    if object["apiVersion"] == known.api_version() {
        describe_metrics(object, into);
        return Ok(());
    }
    let whole = ground.client.api::<Value>(known, metadata["namespace"].as_str());
    describe_metrics(&whole.get(text(&metadata["name"])).await?, into);
    Ok(())
}

fn describe_metrics(object: &Value, into: &mut Description) {
    let (spec, status) = (&object["spec"], &object["status"]);
    into.names(object, true);
    into.notes(object);
    into.field(0, "CreationTimestamp", time::date(&object["metadata"]["creationTimestamp"]));
    let (kind, name) = (text(&spec["scaleTargetRef"]["kind"]), &spec["scaleTargetRef"]["name"]);
    into.field(0, "Reference", format_args!("{kind}/{}", text(name)));
    into.field(0, "Metrics", "( current / target )");
    for (index, metric) in items(&spec["metrics"]).enumerate() {
        into.line(1, line(metric, &status["currentMetrics"][index]));
    }
    into.field(0, "Min replicas", or(&spec["minReplicas"], "<unset>"));
    into.field(0, "Max replicas", number(&spec["maxReplicas"]));
    let behavior = &spec["behavior"];
    if behavior.is_object() {
        into.line(0, "Behavior:");
        describe_rules("Scale Up", &behavior["scaleUp"], into);
        describe_rules("Scale Down", &behavior["scaleDown"], into);
    }
    let [current, desired] =
        ["currentReplicas", "desiredReplicas"].map(|member| number(&status[member]));
    let pods = format!("{kind} pods");
    into.field(0, &pods, format_args!("{current} current / {desired} desired"));
    if is_set(&status["conditions"]) {
        let row = |condition: &Value| {
            ["type", "status", "reason", "message"].map(|it| text(&condition[it])).join("\t")
        };
        let rows = items(&status["conditions"]).map(row);
        into.table("Conditions", "Type\tStatus\tReason\tMessage", rows);
    }
}

/// One metric, as it is and as it should be.
fn line(metric: &Value, measured: &Value) -> String {
    let (sort, source, now) = match text(&metric["type"]).as_str() {
        "External" => ("external", &metric["external"], &measured["external"]["current"]),
        "Pods" => ("pods", &metric["pods"], &measured["pods"]["current"]),
        "Object" => ("object", &metric["object"], &measured["object"]["current"]),
        "Resource" => ("resource", &metric["resource"], &measured["resource"]["current"]),
        "ContainerResource" => {
            ("container", &metric["containerResource"], &measured["containerResource"]["current"])
        }
        other => return format!("<unknown metric type {other:?}>"),
    };
    let (target, name) = (&source["target"], text(&source["metric"]["name"]));
    let value = |member: &str| format!("{} / {}", seen(now, member), or(&target[member], "0"));
    let by_average = match sort {
        "object" => target["type"] == "AverageValue",
        _ => is_set(&target["averageValue"]),
    };
    let of_both = match by_average {
        true => format!("(target average value):\t{}", value("averageValue")),
        false => format!("(target value):\t{}", value("value")),
    };
    match sort {
        "external" => format!("{name:?} {of_both}"),
        "pods" => format!("{name:?} on pods:\t{}", value("averageValue")),
        "object" => {
            let described = &source["describedObject"];
            let (kind, of) = (text(&described["kind"]), text(&described["name"]));
            format!("\"{name}\" on {kind}/{of} {of_both}")
        }
        _ => {
            let mut on = format!("resource {}", text(&source["name"]));
            if sort == "container" {
                on.push_str(&format!(" of container \"{}\"", text(&source["container"])));
            }
            match by_average {
                true => format!("{on} on pods:\t{}", value("averageValue")),
                false => {
                    format!("{on} on pods  (as a percentage of request):\t{}", share(now, target))
                }
            }
        }
    }
}

fn seen(now: &Value, member: &str) -> String {
    if now.is_object() { or(&now[member], "0") } else { UNKNOWN.to_owned() }
}

fn share(now: &Value, target: &Value) -> String {
    let member = "averageUtilization";
    let current = match now[member].as_i64() {
        Some(percent) => format!("{percent}% ({})", or(&now["averageValue"], "0")),
        None => UNKNOWN.to_owned(),
    };
    let target = target[member].as_i64().map(|percent| format!("{percent}%"));
    format!("{current} / {}", target.as_deref().unwrap_or("<auto>"))
}

fn describe_rules(title: &str, rules: &Value, into: &mut Description) {
    if !rules.is_object() {
        return;
    }
    into.line(1, format_args!("{title}:"));
    if let Some(seconds) = rules["stabilizationWindowSeconds"].as_i64() {
        into.line(2, format_args!("Stabilization Window: {seconds} seconds"));
    }
    if !is_set(&rules["policies"]) {
        return;
    }
    into.line(2, format_args!("Select Policy: {}", or(&rules["selectPolicy"], "Max")));
    into.line(2, "Policies:");
    for policy in items(&rules["policies"]) {
        let (sort, value) = (text(&policy["type"]), number(&policy["value"]));
        let period = number(&policy["periodSeconds"]);
        into.line(3, format_args!("- Type: {sort}\tValue: {value}\tPeriod: {period} seconds"));
    }
}
