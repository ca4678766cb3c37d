//! The cells of kinds that run nothing.

use super::duration;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The age of an object.
pub(super) fn own_age(object: &Value, now: Timestamp) -> Value {
    duration::age(&object["metadata"]["creationTimestamp"], now)
}

pub(super) fn age(object: &Value, now: Timestamp) -> Vec<Value> {
    vec![own_age(object, now)]
}

fn size(value: &Value) -> usize {
    value.as_object().map_or(0, serde_json::Map::len)
}

pub(super) fn config_map(object: &Value, now: Timestamp) -> Vec<Value> {
    let size = size(&object["data"]) + size(&object["binaryData"]);
    vec![size.into(), own_age(object, now)]
}

pub(super) fn secret(object: &Value, now: Timestamp) -> Vec<Value> {
    vec![object["type"].clone(), size(&object["data"]).into(), own_age(object, now)]
}

pub(super) fn namespace(object: &Value, now: Timestamp) -> Vec<Value> {
    vec![object["status"]["phase"].clone(), own_age(object, now)]
}

pub(super) fn webhooks(object: &Value, now: Timestamp) -> Vec<Value> {
    let count = object["webhooks"].as_array().map_or(0, Vec::len);
    vec![count.into(), own_age(object, now)]
}

pub(super) fn admission_policy(object: &Value, now: Timestamp) -> Vec<Value> {
    let spec = &object["spec"];
    let count = spec["validations"].as_array().map_or(0, Vec::len);
    let text = |member: &str| spec["paramKind"][member].as_str().unwrap_or("");
    let kind = match spec["paramKind"].is_object() {
        true => format!("{}/{}", text("apiVersion"), text("kind")),
        false => "<unset>".to_owned(),
    };
    vec![count.into(), kind.into(), own_age(object, now)]
}

pub(super) fn admission_binding(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, reference) = (&object["spec"], &object["spec"]["paramRef"]);
    let text = |member: &str| reference[member].as_str().unwrap_or("");
    let shown = match (text("name"), text("namespace")) {
        ("", _) if reference["selector"].is_object() => reference["selector"].to_string(),
        ("", _) => "<unset>".to_owned(),
        (name, "") => format!("*/{name}"),
        (name, namespace) => format!("{namespace}/{name}"),
    };
    vec![spec["policyName"].clone(), shown.into(), own_age(object, now)]
}

pub(super) fn lease(object: &Value, now: Timestamp) -> Vec<Value> {
    let holder = object["spec"]["holderIdentity"].as_str().unwrap_or("");
    vec![holder.into(), own_age(object, now)]
}

pub(super) fn priority_class(object: &Value, now: Timestamp) -> Vec<Value> {
    let policy = object["preemptionPolicy"].as_str().unwrap_or("<none>");
    let is_default = object["globalDefault"] == true;
    vec![object["value"].clone(), is_default.into(), own_age(object, now), policy.into()]
}

pub(super) fn runtime_class(object: &Value, now: Timestamp) -> Vec<Value> {
    vec![object["handler"].clone(), own_age(object, now)]
}

pub(super) fn revision(object: &Value, now: Timestamp) -> Vec<Value> {
    let owners = object["metadata"]["ownerReferences"].as_array().into_iter().flatten();
    let controller = owners.into_iter().find(|owner| owner["controller"] == true).map(|owner| {
        let text = |member: &str| owner[member].as_str().unwrap_or("").to_owned();
        let (version, kind) = (text("apiVersion"), text("kind").to_lowercase());
        match version.split_once('/') {
            Some((group, _)) => format!("{kind}.{group}/{}", text("name")),
            None => format!("{kind}/{}", text("name")),
        }
    });
    let controller = controller.unwrap_or_else(|| "<none>".to_owned());
    vec![controller.into(), object["revision"].clone(), own_age(object, now)]
}

pub(super) fn quota(object: &Value, now: Timestamp) -> Vec<Value> {
    let status = &object["status"];
    let text = |value: &Value| value.as_str().unwrap_or("0").to_owned();
    let said = |limits: bool| {
        let hard = status["hard"].as_object().into_iter().flatten();
        let own = hard.filter(|(name, _)| name.starts_with("limits.") == limits);
        let pair = |(name, most): (&String, &Value)| {
            format!("{name}: {}/{}", text(&status["used"][name]), text(most))
        };
        own.map(pair).collect::<Vec<_>>().join(", ")
    };
    vec![said(false).into(), said(true).into(), own_age(object, now)]
}

pub(super) fn candidate(object: &Value, now: Timestamp) -> Vec<Value> {
    let text = |member: &str| object["spec"][member].as_str().unwrap_or_default().into();
    let (binary, emulation) = (text("binaryVersion"), text("emulationVersion"));
    vec![text("leaseName"), binary, emulation, own_age(object, now)]
}

pub(super) fn binding(object: &Value, now: Timestamp) -> Vec<Value> {
    let role = &object["roleRef"];
    let text = |member: &str| role[member].as_str().unwrap_or("").to_owned();
    let names = |kind: &str| {
        let subjects = object["subjects"].as_array();
        let own = subjects.into_iter().flatten().filter(|subject| subject["kind"] == kind);
        let name = |subject: &Value| {
            let name = subject["name"].as_str().unwrap_or("");
            let namespace = subject["namespace"].as_str().unwrap_or("");
            if kind == "ServiceAccount" { format!("{namespace}/{name}") } else { name.to_owned() }
        };
        own.map(name).collect::<Vec<_>>().join(", ")
    };
    vec![
        format!("{}/{}", text("kind"), text("name")).into(),
        own_age(object, now),
        names("User").into(),
        names("Group").into(),
        names("ServiceAccount").into(),
    ]
}

pub(super) fn service(object: &Value, now: Timestamp) -> Vec<Value> {
    let spec = &object["spec"];
    let ports = spec["ports"].as_array().into_iter().flatten().map(|port| {
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        match port["nodePort"].as_i64() {
            Some(node) if node > 0 => format!("{}:{node}/{protocol}", port["port"]),
            _ => format!("{}/{protocol}", port["port"]),
        }
    });
    let ports = ports.collect::<Vec<_>>().join(",");
    let or_none = |text: &str| if text.is_empty() { "<none>".to_owned() } else { text.to_owned() };
    let kind = spec["type"].as_str().unwrap_or("");
    let external = match kind {
        "ExternalName" => spec["externalName"].as_str().unwrap_or(""),
        "LoadBalancer" => "<pending>",
        _ => "",
    };
    vec![
        kind.into(),
        or_none(spec["clusterIP"].as_str().unwrap_or("")).into(),
        or_none(external).into(),
        or_none(&ports).into(),
        own_age(object, now),
        or_none(&labels(&spec["selector"])).into(),
    ]
}

/// `a=b,c=d`
pub(super) fn labels(map: &Value) -> String {
    let pair = |(key, value): (&String, &Value)| format!("{key}={}", value.as_str().unwrap_or(""));
    map.as_object().into_iter().flatten().map(pair).collect::<Vec<_>>().join(",")
}

/// Both kinds of Event: what one calls differently is looked for under both names.
pub(super) fn event(object: &Value, now: Timestamp) -> Vec<Value> {
    let either = |first: &str, second: &str| match &object[first] {
        Value::Null => object[second].clone(),
        value => value.clone(),
    };
    let first = either("firstTimestamp", "deprecatedFirstTimestamp");
    let last = either("lastTimestamp", "deprecatedLastTimestamp");
    let time = &object["eventTime"];
    let first_seen = duration::age(if first.is_null() { time } else { &first }, now);
    let series = &object["series"]["lastObservedTime"];
    let last_seen = match (series.is_null(), last.is_null()) {
        (false, _) => duration::age(series, now),
        (true, false) => duration::age(&last, now),
        (true, true) => first_seen.clone(),
    };
    let about = either("involvedObject", "regarding");
    let about_text = |member: &str| about[member].as_str().unwrap_or("").to_owned();
    let source = either("source", "deprecatedSource");
    let mut from = source["component"].as_str().unwrap_or("").to_owned();
    if from.is_empty() {
        let controller = either("reportingComponent", "reportingController");
        controller.as_str().unwrap_or("").clone_into(&mut from);
    }
    let host = either("host", "reportingInstance");
    let host = source["host"].as_str().or(host.as_str()).unwrap_or("");
    if !host.is_empty() {
        from = format!("{from}, {host}");
    }
    let count = either("count", "deprecatedCount");
    vec![
        last_seen,
        object["type"].clone(),
        object["reason"].clone(),
        format!("{}/{}", about_text("kind").to_lowercase(), about_text("name")).into(),
        about_text("fieldPath").into(),
        from.into(),
        either("message", "note").as_str().unwrap_or("").trim().into(),
        first_seen,
        if count.is_null() { json!(1) } else { count },
        object["metadata"]["name"].clone(),
    ]
}
