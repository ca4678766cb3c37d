//! `HorizontalPodAutoscalers`: defaults and what must fit together. Nothing is measured here, so nothing is scaled.

use super::check::required;
use super::{Strategy, fill};
use crate::schema::FieldError;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug)]
struct Autoscaler;

pub(super) fn autoscaler() -> Arc<dyn Strategy> {
    Arc::new(Autoscaler)
}

impl Strategy for Autoscaler {
    fn fill_in(&self, object: &mut Value) {
        fill(object, "spec", json!({}));
        let spec = &mut object["spec"];
        fill(spec, "minReplicas", 1);
        if spec["metrics"].as_array().is_none_or(Vec::is_empty) {
            let target = json!({ "type": "Utilization", "averageUtilization": 80 });
            let cpu = json!({ "name": "cpu", "target": target });
            spec["metrics"] = json!([{ "type": "Resource", "resource": cpu }]);
        }
        if spec["behavior"].is_object() {
            let behavior = &mut spec["behavior"];
            let policy = |kind: &str, value: i32| json!({ "type": kind, "value": value, "periodSeconds": 15 });
            fill(behavior, "scaleUp", json!({}));
            fill(&mut behavior["scaleUp"], "stabilizationWindowSeconds", 0);
            let up = json!([policy("Pods", 4), policy("Percent", 100)]);
            fill(&mut behavior["scaleUp"], "policies", up);
            fill(behavior, "scaleDown", json!({}));
            fill(&mut behavior["scaleDown"], "policies", json!([policy("Percent", 100)]));
            for direction in ["scaleUp", "scaleDown"] {
                fill(&mut behavior[direction], "selectPolicy", "Max");
            }
        }
    }

    fn prepare_create(&self, object: &mut Value, _now: &str) {
        object["status"] = json!({ "currentMetrics": null, "desiredReplicas": 0 });
    }

    fn validate(&self, object: &Value, _old: Option<&Value>) -> Vec<FieldError> {
        let (mut errors, mut late) = (Vec::new(), Vec::new());
        let spec = &object["spec"];
        let (least, most) = (&spec["minReplicas"], &spec["maxReplicas"]);
        if least.as_i64().is_some_and(|least| least < 1) {
            let detail = "must be greater than or equal to 1";
            errors.push(FieldError::invalid("spec.minReplicas", least, detail));
        }
        if most.as_i64().is_none_or(|most| most < 1) {
            let detail = "must be set and greater than 0";
            errors.push(FieldError::required("spec.maxReplicas", detail));
        }
        if most.as_i64() < least.as_i64() {
            let detail = "must be greater than or equal to `minReplicas`";
            errors.push(FieldError::invalid("spec.maxReplicas", most, detail));
        }
        required(object, "spec.scaleTargetRef.kind", &mut errors);
        required(object, "spec.scaleTargetRef.name", &mut errors);
        let metrics = spec["metrics"].as_array().into_iter().flatten();
        for (index, metric) in metrics.enumerate() {
            let share = &metric["resource"]["target"]["averageUtilization"];
            if share.as_i64().is_some_and(|share| share < 1) {
                let field = format!("spec.metrics[{index}].resource.target.averageUtilization");
                late.push(FieldError::invalid(field, share, "must be greater than 0"));
            }
        }
        let target = &spec["scaleTargetRef"];
        let version = target["apiVersion"].as_str().unwrap_or("");
        let core = matches!(target["kind"].as_str(), Some("ReplicationController"));
        if !version.contains('/') && !core {
            let detail = "apiVersion must specify API group";
            let field = "spec.scaleTargetRef.apiVersion";
            errors.push(FieldError::invalid(field, &json!(version), detail));
        }
        errors.extend(late);
        errors
    }
}
