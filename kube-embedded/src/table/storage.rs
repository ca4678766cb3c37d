//! The cells of volumes, claims, and what stores them.

use super::plain::own_age;
use jiff::Timestamp;
use serde_json::Value;

fn text(value: &Value) -> Value {
    value.as_str().unwrap_or("").into()
}

fn or_unset(value: &Value) -> Value {
    value.as_str().unwrap_or("<unset>").into()
}

/// `ROX,RWX`, each once.
fn modes(value: &Value) -> Value {
    let short = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let said = |long: &str| value.as_array().is_some_and(|modes| modes.iter().any(|m| m == long));
    let present = short.iter().filter(|(long, _)| said(long)).map(|(_, short)| *short);
    present.collect::<Vec<_>>().join(",").into()
}

fn phase(object: &Value) -> Value {
    match object["metadata"]["deletionTimestamp"].is_null() {
        true => text(&object["status"]["phase"]),
        false => "Terminating".into(),
    }
}

pub(super) fn claim(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let (mut capacity, mut access) = (Value::from(""), Value::from(""));
    if spec["volumeName"].is_string() {
        (capacity, access) = (text(&status["capacity"]["storage"]), modes(&status["accessModes"]));
    }
    vec![
        phase(object),
        text(&spec["volumeName"]),
        capacity,
        access,
        text(&spec["storageClassName"]),
        or_unset(&spec["volumeAttributesClassName"]),
        own_age(object, now),
        or_unset(&spec["volumeMode"]),
    ]
}

pub(super) fn volume(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let claim = &spec["claimRef"];
    let claim = match (claim["namespace"].as_str(), claim["name"].as_str()) {
        (Some(namespace), Some(name)) => format!("{namespace}/{name}"),
        _ => String::new(),
    };
    vec![
        text(&spec["capacity"]["storage"]),
        modes(&spec["accessModes"]),
        text(&spec["persistentVolumeReclaimPolicy"]),
        phase(object),
        claim.into(),
        text(&spec["storageClassName"]),
        or_unset(&spec["volumeAttributesClassName"]),
        text(&status["reason"]),
        own_age(object, now),
        or_unset(&spec["volumeMode"]),
    ]
}

pub(super) fn class(object: &Value, now: Timestamp) -> Vec<Value> {
    vec![
        text(&object["provisioner"]),
        text(&object["reclaimPolicy"]),
        text(&object["volumeBindingMode"]),
        (object["allowVolumeExpansion"] == true).into(),
        own_age(object, now),
    ]
}

pub(super) fn driver(object: &Value, now: Timestamp) -> Vec<Value> {
    let spec = &object["spec"];
    let audiences = spec["tokenRequests"].as_array().into_iter().flatten();
    let audiences: Vec<_> = audiences.filter_map(|one| one["audience"].as_str()).collect();
    let tokens = if audiences.is_empty() { "<unset>".to_owned() } else { audiences.join(",") };
    let lives = spec["volumeLifecycleModes"].as_array().into_iter().flatten();
    let lives: Vec<_> = lives.filter_map(Value::as_str).collect();
    let is = |member: &str| Value::from(spec[member] == true);
    vec![
        is("attachRequired"),
        is("podInfoOnMount"),
        is("storageCapacity"),
        tokens.into(),
        is("requiresRepublish"),
        lives.join(",").into(),
        own_age(object, now),
    ]
}

pub(super) fn drivers(object: &Value, now: Timestamp) -> Vec<Value> {
    let count = object["spec"]["drivers"].as_array().map_or(0, Vec::len);
    vec![count.into(), own_age(object, now)]
}

pub(super) fn attachment(object: &Value, now: Timestamp) -> Vec<Value> {
    let spec = &object["spec"];
    vec![
        text(&spec["attacher"]),
        text(&spec["source"]["persistentVolumeName"]),
        text(&spec["nodeName"]),
        (object["status"]["attached"] == true).into(),
        own_age(object, now),
    ]
}
