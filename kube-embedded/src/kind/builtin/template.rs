//! `PodTemplates`, `ControllerRevisions` and `ReplicationControllers`: what came before Deployments, and what they are made of.

use super::check::{immutable, not_negative};
use super::pod::check_spec;
use super::{Strategy, fill, pod_defaults};
use crate::schema::FieldError;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug)]
struct Template;

#[derive(Debug)]
struct Revision;

#[derive(Debug)]
struct Replication;

pub(super) fn pod_template() -> Arc<dyn Strategy> {
    Arc::new(Template)
}

pub(super) fn revision() -> Arc<dyn Strategy> {
    Arc::new(Revision)
}

pub(super) fn replication() -> Arc<dyn Strategy> {
    Arc::new(Replication)
}

impl Strategy for Template {
    fn fill_in(&self, object: &mut Value) {
        fill(&mut object["template"], "spec", json!({}));
        pod_defaults::template_spec(&mut object["template"]["spec"]);
    }

    fn new_generation(&self, object: &Value, old: &Value) -> bool {
        object["template"] != old["template"]
    }

    fn validate(&self, object: &Value, _old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_spec(&object["template"]["spec"], "template.spec", &mut errors);
        errors
    }
}

impl Strategy for Revision {
    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        not_negative(object, "revision", &mut errors);
        immutable(object, old, &["data"], &mut errors);
        errors
    }
}

impl Strategy for Replication {
    fn fill_in(&self, object: &mut Value) {
        fill(object, "spec", json!({}));
        fill(&mut object["spec"], "replicas", 1);
        let labels = object["spec"]["template"]["metadata"]["labels"].clone();
        if labels.is_object() {
            fill(&mut object["spec"], "selector", labels.clone());
            fill(&mut object["metadata"], "labels", labels);
        }
        let template = &mut object["spec"]["template"];
        if template.is_object() {
            fill(template, "spec", json!({}));
            pod_defaults::template_spec(&mut template["spec"]);
        }
    }

    fn prepare_create(&self, object: &mut Value, _now: &str) {
        object["status"] = json!({ "replicas": 0 });
    }

    fn validate(&self, object: &Value, _old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        not_negative(object, "spec.replicas", &mut errors);
        let (spec, template) = (&object["spec"], &object["spec"]["template"]);
        if spec["selector"].as_object().is_none_or(|selector| selector.is_empty()) {
            errors.push(FieldError::required("spec.selector", ""));
        }
        if template.is_null() {
            errors.push(FieldError::required("spec.template", ""));
            return errors;
        }
        let labels = &template["metadata"]["labels"];
        let mut wanted = spec["selector"].as_object().into_iter().flatten();
        if !wanted.all(|(name, value)| labels.get(name) == Some(value)) {
            let detail = "`selector` does not match template `labels`";
            errors.push(FieldError::invalid("spec.template.metadata.labels", labels, detail));
        }
        check_spec(&template["spec"], "spec.template.spec", &mut errors);
        errors
    }
}
