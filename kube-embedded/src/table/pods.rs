//! The cells of what runs: pods, what keeps them, and nodes.

use super::duration;
use super::plain::{labels, own_age};
use jiff::Timestamp;
use serde_json::Value;

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

fn or_none(text: &str) -> Value {
    if text.is_empty() { "<none>".into() } else { text.into() }
}

fn selector(object: &Value) -> Value {
    or_none(&labels(&object["spec"]["selector"]["matchLabels"]))
}

fn of_containers(object: &Value, member: &str) -> Value {
    of_template(&object["spec"]["template"], member)
}

fn of_template(template: &Value, member: &str) -> Value {
    let containers = template["spec"]["containers"].as_array();
    let texts = containers.into_iter().flatten().map(|container| container[member].as_str());
    texts.map(Option::unwrap_or_default).collect::<Vec<_>>().join(",").into()
}

pub(super) fn network_policy(object: &Value, now: Timestamp) -> Vec<Value> {
    let pods = labels(&object["spec"]["podSelector"]["matchLabels"]);
    vec![or_none(&pods), own_age(object, now)]
}

pub(super) fn disruption_budget(object: &Value, now: Timestamp) -> Vec<Value> {
    let said = |member: &str| match &object["spec"][member] {
        Value::Null => "N/A".into(),
        Value::String(text) => text.as_str().into(),
        other => Value::from(other.to_string()),
    };
    let allowed = number(&object["status"]["disruptionsAllowed"]);
    vec![said("minAvailable"), said("maxUnavailable"), allowed.into(), own_age(object, now)]
}

pub(super) fn deployment(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let ready = format!("{}/{}", number(&status["readyReplicas"]), number(&spec["replicas"]));
    vec![
        ready.into(),
        number(&status["updatedReplicas"]).into(),
        number(&status["availableReplicas"]).into(),
        own_age(object, now),
        of_containers(object, "name"),
        of_containers(object, "image"),
        selector(object),
    ]
}

pub(super) fn replica_set(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    vec![
        number(&spec["replicas"]).into(),
        number(&status["replicas"]).into(),
        number(&status["readyReplicas"]).into(),
        own_age(object, now),
        of_containers(object, "name"),
        of_containers(object, "image"),
        selector(object),
    ]
}

pub(super) fn scale(object: &Value, now: Timestamp) -> Vec<Value> {
    vec![
        number(&object["spec"]["replicas"]).into(),
        number(&object["status"]["replicas"]).into(),
        own_age(object, now),
    ]
}

pub(super) fn replication_controller(object: &Value, now: Timestamp) -> Vec<Value> {
    let mut cells = replica_set(object, now);
    cells.pop();
    cells.push(or_none(&labels(&object["spec"]["selector"])));
    cells
}

pub(super) fn pod_template(object: &Value, _now: Timestamp) -> Vec<Value> {
    let template = &object["template"];
    let pods = or_none(&labels(&template["metadata"]["labels"]));
    vec![of_template(template, "name"), of_template(template, "image"), pods]
}

pub(super) fn cron_job(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let last = match &status["lastScheduleTime"] {
        Value::Null => "<none>".into(),
        time => duration::age(time, now),
    };
    let template = &spec["jobTemplate"]["spec"]["template"];
    vec![
        spec["schedule"].as_str().unwrap_or("").into(),
        spec["timeZone"].as_str().unwrap_or("<none>").into(),
        if spec["suspend"] == true { "True" } else { "False" }.into(),
        status["active"].as_array().map_or(0, Vec::len).into(),
        last,
        own_age(object, now),
        of_template(template, "name"),
        of_template(template, "image"),
        or_none(&labels(&spec["jobTemplate"]["spec"]["selector"]["matchLabels"])),
    ]
}

/// So many metrics are printed.
const SHOWN: usize = 2;

pub(super) fn autoscaler(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, target) = (&object["spec"], &object["spec"]["scaleTargetRef"]);
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let metrics = spec["metrics"].as_array().into_iter().flatten().map(|metric| {
        let resource = &metric["resource"];
        let wanted = match (&resource["target"]["averageUtilization"], &resource["target"]) {
            (Value::Number(share), _) => format!("{share}%"),
            (_, target) => text(&target["averageValue"]),
        };
        match text(&metric["type"]).as_str() {
            "Resource" => format!("{}: <unknown>/{wanted}", text(&resource["name"])),
            kind => {
                let source = match kind {
                    "Pods" => "pods",
                    "Object" => "object",
                    "External" => "external",
                    _ => "containerResource",
                };
                let target = &metric[source]["target"];
                match (kind, target["averageValue"].as_str()) {
                    ("Pods", Some(value)) => format!("<unknown>/{value}"),
                    (_, Some(value)) => format!("<unknown>/{value} (avg)"),
                    (_, None) => format!("<unknown>/{}", text(&target["value"])),
                }
            }
        }
    });
    let metrics = metrics.collect::<Vec<_>>();
    let more = metrics.len().saturating_sub(SHOWN);
    let mut metrics = metrics[..metrics.len() - more].join(", ");
    if more > 0 {
        metrics.push_str(&format!(" + {more} more..."));
    }
    vec![
        format!("{}/{}", text(&target["kind"]), text(&target["name"])).into(),
        or_none(&metrics),
        number(&spec["minReplicas"]).to_string().into(),
        number(&spec["maxReplicas"]).into(),
        number(&object["status"]["currentReplicas"]).into(),
        own_age(object, now),
    ]
}

pub(super) fn stateful_set(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let ready = format!("{}/{}", number(&status["readyReplicas"]), number(&spec["replicas"]));
    let (names, images) = (of_containers(object, "name"), of_containers(object, "image"));
    vec![ready.into(), own_age(object, now), names, images]
}

pub(super) fn daemon_set(object: &Value, now: Timestamp) -> Vec<Value> {
    let status = &object["status"];
    let nodes = labels(&object["spec"]["template"]["spec"]["nodeSelector"]);
    let mut cells: Vec<Value> = [
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberAvailable",
    ]
    .iter()
    .map(|member| number(&status[*member]).into())
    .collect();
    cells.extend([or_none(&nodes), own_age(object, now)]);
    cells.extend([of_containers(object, "name"), of_containers(object, "image"), selector(object)]);
    cells
}

pub(super) fn job(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let conditions = || status["conditions"].as_array().into_iter().flatten();
    let has = |name: &str| conditions().any(|own| own["type"] == name && own["status"] == "True");
    let state = match () {
        () if has("Complete") => "Complete",
        () if has("Failed") => "Failed",
        () if object["metadata"]["deletionTimestamp"].is_string() => "Terminating",
        () if has("Suspended") => "Suspended",
        () => "Running",
    };
    let completions = match spec["completions"].as_i64() {
        Some(wanted) => format!("{}/{wanted}", number(&status["succeeded"])),
        None => format!("{}/1", number(&status["succeeded"])),
    };
    let lasted = match (&status["startTime"], &status["completionTime"]) {
        (Value::Null, _) => String::new().into(),
        (start, Value::Null) => duration::age(start, now),
        (start, end) => duration::between(start, end).unwrap_or_default().into(),
    };
    vec![
        state.into(),
        completions.into(),
        lasted,
        own_age(object, now),
        of_containers(object, "name"),
        of_containers(object, "image"),
        selector(object),
    ]
}

pub(super) fn pod(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let total = spec["containers"].as_array().map_or(0, Vec::len);
    let states = || status["containerStatuses"].as_array().into_iter().flatten();
    let ready = states().filter(|state| state["ready"] == true).count();
    let restarts: i64 = states().map(|state| number(&state["restartCount"])).sum();
    let mut reason =
        status["reason"].as_str().or(status["phase"].as_str()).unwrap_or("").to_owned();
    for state in states() {
        for phase in ["waiting", "terminated"] {
            if let Some(text) = state["state"][phase]["reason"].as_str() {
                text.clone_into(&mut reason);
            }
        }
    }
    if object["metadata"]["deletionTimestamp"].is_string() {
        "Terminating".clone_into(&mut reason);
    }
    let text = |value: &Value| or_none(value.as_str().unwrap_or(""));
    vec![
        format!("{ready}/{total}").into(),
        reason.into(),
        restarts.to_string().into(),
        own_age(object, now),
        text(&status["podIP"]),
        text(&spec["nodeName"]),
        text(&status["nominatedNodeName"]),
        "<none>".into(),
    ]
}

pub(super) fn node(object: &Value, now: Timestamp) -> Vec<Value> {
    let status = &object["status"];
    let conditions = status["conditions"].as_array();
    let ready = conditions.into_iter().flatten().find(|own| own["type"] == "Ready");
    let mut state = match ready {
        Some(own) if own["status"] == "True" => "Ready".to_owned(),
        Some(_) => "NotReady".to_owned(),
        None => "Unknown".to_owned(),
    };
    if object["spec"]["unschedulable"] == true {
        state.push_str(",SchedulingDisabled");
    }
    let role = |label: &String| label.strip_prefix("node-role.kubernetes.io/").map(str::to_owned);
    let labels = object["metadata"]["labels"].as_object();
    let roles: Vec<String> =
        labels.into_iter().flat_map(|map| map.keys()).filter_map(role).collect();
    let address = |kind: &str| {
        let addresses = status["addresses"].as_array();
        let found = addresses.into_iter().flatten().find(|own| own["type"] == kind);
        or_none(found.and_then(|own| own["address"].as_str()).unwrap_or(""))
    };
    let info = |member: &str| {
        let text = status["nodeInfo"][member].as_str().unwrap_or("");
        Value::from(if text.is_empty() { "<unknown>" } else { text })
    };
    vec![
        state.into(),
        or_none(&roles.join(",")),
        own_age(object, now),
        status["nodeInfo"]["kubeletVersion"].as_str().unwrap_or("").into(),
        address("InternalIP"),
        address("ExternalIP"),
        info("osImage"),
        info("kernelVersion"),
        info("containerRuntimeVersion"),
    ]
}
