//! `HorizontalPodAutoscalers` of `autoscaling/v1`: what is stored is version 2, and what this version has no field for stands in annotations.
//!
//! Mirrors: kubernetes pkg/apis/autoscaling/v1 (conversion.go, defaults.go)
//! Differs: in the annotation of a behaviour what is not set is left out.

use super::super::Conversion;
use super::{Strategy, fill, scaling};
use crate::schema::FieldError;
use serde_json::{Map, Value, json};
use std::sync::Arc;

const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
const CURRENT: &str = "autoscaling.alpha.kubernetes.io/current-metrics";
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";
const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";

#[derive(Debug)]
struct Autoscaler;

pub(super) fn autoscaler() -> Arc<dyn Strategy> {
    Arc::new(Autoscaler)
}

impl Strategy for Autoscaler {
    fn fill_in(&self, object: &mut Value) {
        fill(object, "spec", json!({}));
        let others = object["metadata"]["annotations"][METRICS].is_string();
        let spec = &mut object["spec"];
        fill(spec, "minReplicas", 1);
        if !others {
            fill(spec, "targetCPUUtilizationPercentage", 80);
        }
    }

    fn prepare_create(&self, object: &mut Value, _now: &str) {
        object["status"] = json!({ "currentReplicas": 0, "desiredReplicas": 0 });
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let second = |object: &Value| {
            let mut object = object.clone();
            Second.to_stored(&mut object);
            object
        };
        scaling::autoscaler().validate(&second(object), old.map(second).as_ref())
    }
}

/// Between version 2, which is stored, and version 1.
#[derive(Debug)]
pub(super) struct Second;

impl Conversion for Second {
    fn from_stored(&self, object: &mut Value) {
        object["apiVersion"] = "autoscaling/v1".into();
        let mut notes = Map::new();
        for (part, list, word, share, note) in [
            ("spec", "metrics", "target", "targetCPUUtilizationPercentage", METRICS),
            ("status", "currentMetrics", "current", "currentCPUUtilizationPercentage", CURRENT),
        ] {
            let Some(part) = object.get_mut(part).and_then(Value::as_object_mut) else { continue };
            let mut others = Vec::new();
            for metric in part.remove(list).iter().filter_map(Value::as_array).flatten() {
                match cpu(metric, word) {
                    Some(found) if !part.contains_key(share) => {
                        part.insert(share.to_owned(), found);
                    }
                    _ => others.push(renamed(metric, word, false)),
                }
            }
            if !others.is_empty() {
                notes.insert(note.to_owned(), Value::from(others).to_string().into());
            }
        }
        for (part, member, note) in
            [("spec", "behavior", BEHAVIOR), ("status", "conditions", CONDITIONS)]
        {
            let Some(part) = object.get_mut(part).and_then(Value::as_object_mut) else { continue };
            if let Some(value) = part.remove(member).filter(|value| !value.is_null()) {
                let value = if note == BEHAVIOR { cased(&value, true) } else { value };
                notes.insert(note.to_owned(), value.to_string().into());
            }
        }
        for (note, text) in notes {
            object["metadata"]["annotations"][note] = text;
        }
    }

    fn to_stored(&self, object: &mut Value) {
        object["apiVersion"] = "autoscaling/v2".into();
        let mut notes = [METRICS, CURRENT, BEHAVIOR, CONDITIONS].map(|note| take(object, note));
        let [metrics, current, behavior, conditions] = &mut notes;
        for (part, list, word, share, others) in [
            ("spec", "metrics", "target", "targetCPUUtilizationPercentage", metrics),
            ("status", "currentMetrics", "current", "currentCPUUtilizationPercentage", current),
        ] {
            let Some(part) = object.get_mut(part).and_then(Value::as_object_mut) else { continue };
            let others = others.as_array().into_iter().flatten();
            let mut all: Vec<Value> = others.map(|own| renamed(own, word, true)).collect();
            if let Some(share) = part.remove(share).filter(|share| !share.is_null()) {
                let mut wanted = json!({"averageUtilization": share});
                if word == "target" {
                    wanted["type"] = "Utilization".into();
                }
                all.push(json!({"type": "Resource", "resource": {"name": "cpu", word: wanted}}));
            }
            let none = all.is_empty();
            part.insert(list.to_owned(), if none { Value::Null } else { all.into() });
        }
        if behavior.is_object() {
            object["spec"]["behavior"] = cased(behavior, false);
        }
        if conditions.is_array() {
            object["status"]["conditions"] = conditions.take();
        }
    }
}

/// What an annotation holds, which is taken away.
fn take(object: &mut Value, note: &str) -> Value {
    let metadata = object.get_mut("metadata").and_then(Value::as_object_mut);
    let Some(metadata) = metadata else { return Value::Null };
    let annotations = metadata.get_mut("annotations").and_then(Value::as_object_mut);
    let Some(annotations) = annotations else { return Value::Null };
    let Some(text) = annotations.remove(note) else { return Value::Null };
    if annotations.is_empty() {
        metadata.remove("annotations");
    }
    text.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// The share of the processor that a metric is about, if it is that one.
fn cpu(metric: &Value, word: &str) -> Option<Value> {
    let resource = &metric["resource"];
    let share = &resource[word]["averageUtilization"];
    (metric["type"] == "Resource" && resource["name"] == "cpu" && share.is_number())
        .then(|| share.clone())
}

/// A metric in the words of the other version.
fn renamed(metric: &Value, word: &str, to_second: bool) -> Value {
    let (value, average) = (format!("{word}.value"), format!("{word}.averageValue"));
    let share = format!("{word}.averageUtilization");
    let (first_value, first_average) = (format!("{word}Value"), format!("{word}AverageValue"));
    let first_share = format!("{word}AverageUtilization");
    let pairs: [(&str, &[(&str, &str)]); 5] = [
        ("resource", &[("name", "name"), (&share, &first_share), (&average, &first_average)]),
        (
            "containerResource",
            &[
                ("name", "name"),
                ("container", "container"),
                (&share, &first_share),
                (&average, &first_average),
            ],
        ),
        (
            "pods",
            &[
                ("metric.name", "metricName"),
                ("metric.selector", "selector"),
                (&average, &first_average),
            ],
        ),
        (
            "object",
            &[
                ("describedObject", "target"),
                ("metric.name", "metricName"),
                ("metric.selector", "selector"),
                (&value, &first_value),
                (&average, "averageValue"),
            ],
        ),
        (
            "external",
            &[
                ("metric.name", "metricName"),
                ("metric.selector", "metricSelector"),
                (&value, &first_value),
                (&average, &first_average),
            ],
        ),
    ];
    let mut out = json!({"type": metric["type"]});
    for (source, names) in pairs {
        if !metric[source].is_object() {
            continue;
        }
        let mut made = json!({});
        for (second, first) in names {
            let (from, to) = if to_second { (first, second) } else { (second, first) };
            if let Some(value) = at(&metric[source], from) {
                put(&mut made, to, value.clone());
            }
        }
        if to_second && word == "target" {
            let target = &made["target"];
            let kind = match (&target["averageUtilization"], &target["averageValue"]) {
                (Value::Number(_), _) => "Utilization",
                (_, Value::String(_)) => "AverageValue",
                _ => "Value",
            };
            made["target"]["type"] = kind.into();
        }
        out[source] = made;
    }
    out
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, step| value.get(step))
}

fn put(value: &mut Value, path: &str, new: Value) {
    let place = path.split('.').fold(value, |place, step| &mut place[step]);
    *place = new;
}

/// The same with the first letter of each member large, or small again.
fn cased(value: &Value, large: bool) -> Value {
    let name = |name: &String| {
        let mut letters = name.chars();
        let first = letters.next().map(|letter| match large {
            true => letter.to_ascii_uppercase(),
            false => letter.to_ascii_lowercase(),
        });
        first.into_iter().chain(letters).collect::<String>()
    };
    match value {
        Value::Object(members) => {
            let set = members.iter().filter(|(_, value)| !value.is_null());
            set.map(|(own, value)| (name(own), cased(value, large))).collect()
        }
        Value::Array(items) => items.iter().map(|item| cased(item, large)).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_first_version_has_no_field_for_survives_it() {
        let cpu = json!({"type": "Resource", "resource": {"name": "cpu",
            "target": {"type": "Utilization", "averageUtilization": 50}}});
        let memory = json!({"type": "Resource", "resource": {"name": "memory",
            "target": {"type": "AverageValue", "averageValue": "1Gi"}}});
        let requests = json!({"type": "Pods", "pods": {"metric": {"name": "rps"},
            "target": {"type": "AverageValue", "averageValue": "10"}}});
        let queue = json!({"type": "External", "external": {"metric": {"name": "q"},
            "target": {"type": "Value", "value": "3"}}});
        let policy = json!({"type": "Pods", "value": 1, "periodSeconds": 60});
        let mut second = json!({"apiVersion": "autoscaling/v2", "metadata": {"name": "a"}, "spec": {
            "maxReplicas": 5, "metrics": [memory, requests, queue, cpu],
            "behavior": {"scaleDown": {"policies": [policy], "selectPolicy": "Max"}}},
            "status": {"currentMetrics": null, "desiredReplicas": 1,
                "conditions": [{"type": "AbleToScale", "status": "True"}]}});
        let stored = second.clone();
        Second.from_stored(&mut second);
        assert_eq!(second["spec"], json!({"maxReplicas": 5, "targetCPUUtilizationPercentage": 50}));
        // As kube-apiserver 1.36 writes it, recorded, but for the last.
        let metrics: Value =
            serde_json::from_str(second["metadata"]["annotations"][METRICS].as_str().unwrap())
                .unwrap();
        let recorded = json!([
            {"type": "Resource", "resource": {"name": "memory", "targetAverageValue": "1Gi"}},
            {"type": "Pods", "pods": {"metricName": "rps", "targetAverageValue": "10"}},
            {"type": "External", "external": {"metricName": "q", "targetValue": "3"}},
        ]);
        assert_eq!(metrics, recorded);
        let behavior = second["metadata"]["annotations"][BEHAVIOR].as_str().unwrap();
        assert!(behavior.contains(r#""PeriodSeconds":60"#), "{behavior}");
        Second.to_stored(&mut second);
        assert_eq!(second, stored);
    }
}
