//! Roles and bindings: the groups that are filled in, and the reference that cannot change.

use super::{Strategy, fill, items};
use crate::schema::FieldError;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug)]
struct Role;

#[derive(Debug)]
struct Binding {
    cluster: bool,
}

pub(super) fn role() -> Arc<dyn Strategy> {
    Arc::new(Role)
}

pub(super) fn cluster_role() -> Arc<dyn Strategy> {
    Arc::new(Role)
}

pub(super) fn binding() -> Arc<dyn Strategy> {
    Arc::new(Binding { cluster: false })
}

pub(super) fn cluster_binding() -> Arc<dyn Strategy> {
    Arc::new(Binding { cluster: true })
}

const GROUP: &str = "rbac.authorization.k8s.io";

impl Strategy for Role {
    fn validate(&self, object: &Value, _old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let rules = object["rules"].as_array();
        for (index, rule) in rules.into_iter().flatten().enumerate() {
            let at = format!("rules[{index}]");
            let empty = |member: &str| rule[member].as_array().is_none_or(Vec::is_empty);
            if empty("verbs") {
                let text = "verbs must contain at least one value";
                errors.push(FieldError::required(format!("{at}.verbs"), text));
            }
            if !empty("nonResourceURLs") {
                continue;
            }
            if empty("apiGroups") {
                let text = "resource rules must supply at least one api group";
                errors.push(FieldError::required(format!("{at}.apiGroups"), text));
            }
            if empty("resources") {
                let text = "resource rules must supply at least one resource";
                errors.push(FieldError::required(format!("{at}.resources"), text));
            }
        }
        errors
    }
}

impl Strategy for Binding {
    fn fill_in(&self, object: &mut Value) {
        if object["roleRef"].is_object() {
            fill(&mut object["roleRef"], "apiGroup", GROUP);
            if object["roleRef"]["apiGroup"] == "" {
                object["roleRef"]["apiGroup"] = GROUP.into();
            }
        }
        for subject in items(object, "subjects") {
            let group = if subject["kind"] == "ServiceAccount" { "" } else { GROUP };
            if !group.is_empty() {
                fill(subject, "apiGroup", group);
            }
        }
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let reference = &object["roleRef"];
        let kinds: &[&str] = if self.cluster { &["ClusterRole"] } else { &["Role", "ClusterRole"] };
        let kind = reference["kind"].as_str().unwrap_or("");
        if !kinds.contains(&kind) {
            let mut supported = kinds.to_vec();
            supported.sort_unstable();
            errors.push(FieldError::not_supported("roleRef.kind", &json!(kind), supported));
        }
        if reference["name"].as_str().is_none_or(str::is_empty) {
            errors.push(FieldError::required("roleRef.name", ""));
        }
        for (index, subject) in object["subjects"].as_array().into_iter().flatten().enumerate() {
            let at = format!("subjects[{index}]");
            if subject["name"].as_str().is_none_or(str::is_empty) {
                errors.push(FieldError::required(format!("{at}.name"), ""));
            }
            let account = subject["kind"] == "ServiceAccount" && self.cluster;
            if account && subject["namespace"].as_str().is_none_or(str::is_empty) {
                errors.push(FieldError::required(format!("{at}.namespace"), ""));
            }
        }
        if let Some(old) = old
            && old["roleRef"] != *reference
        {
            let part = |member: &str| reference[member].as_str().unwrap_or("").to_owned();
            let shown = format!(
                "{{\"APIGroup\":\"{}\",\"Kind\":\"{}\",\"Name\":\"{}\"}}",
                part("apiGroup"),
                part("kind"),
                part("name")
            );
            let kind = crate::schema::FieldErrorKind::Invalid;
            errors.push(FieldError::new("roleRef", kind, shown, "cannot change roleRef"));
        }
        errors
    }
}
