//! Requests to sign certificates: who may say what in one, and that a decision is made once.
//!
//! Mirrors: kubernetes pkg/apis/certificates/validation, pkg/registry/certificates
//! Differs: what is in the request itself is looked at by the signer only.

use super::{Strategy, fill};
use crate::schema::FieldError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug)]
struct Request;

pub(super) fn request() -> Arc<dyn Strategy> {
    Arc::new(Request)
}

/// The shortest life that may be asked for, in seconds.
const SHORTEST: i64 = 600;

impl Strategy for Request {
    fn prepare_create(&self, object: &mut Value, now: &str) {
        let _ = now;
        if let Some(members) = object.as_object_mut() {
            members.insert("status".to_owned(), json!({}));
        }
    }

    fn prepare_update(&self, object: &mut Value, old: &Value) {
        object["spec"] = old["spec"].clone();
    }

    fn validate(&self, object: &Value, _old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let spec = &object["spec"];
        let text = |member: &str| spec[member].as_str().unwrap_or_default();
        let pem = STANDARD.decode(text("request")).unwrap_or_default();
        if !pem.starts_with(b"-----BEGIN CERTIFICATE REQUEST-----") {
            let detail = "PEM block type must be CERTIFICATE REQUEST";
            errors.push(FieldError::invalid("spec.request", &spec["request"], detail));
        }
        if spec["usages"].as_array().is_none_or(Vec::is_empty) {
            errors.push(FieldError::required("spec.usages", ""));
        }
        let signer = text("signerName");
        if signer.is_empty() {
            errors.push(FieldError::required("spec.signerName", ""));
        } else if !signer.contains('/') {
            let detail =
                "must be a fully qualified domain and path of the form 'example.com/signer-name'";
            errors.push(FieldError::invalid("spec.signerName", &json!(signer), detail));
        }
        let seconds = &spec["expirationSeconds"];
        if seconds.as_i64().is_some_and(|seconds| seconds < SHORTEST) {
            let detail = "may not specify a duration less than 600 seconds (10 minutes)";
            errors.push(FieldError::invalid("spec.expirationSeconds", seconds, detail));
        }
        errors
    }

    fn validate_status(&self, object: &Value, old: &Value) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let kinds = |object: &Value| -> Vec<String> {
            let all = object["status"]["conditions"].as_array().into_iter().flatten();
            all.filter_map(|condition| condition["type"].as_str().map(str::to_owned)).collect()
        };
        let (now, before) = (kinds(object), kinds(old));
        let field = "status.conditions";
        for kind in ["Approved", "Denied", "Failed"] {
            let (has, had) =
                (now.iter().any(|own| own == kind), before.iter().any(|own| own == kind));
            if had && !has {
                let detail = format!("updates may not remove a condition of type {kind:?}");
                errors.push(FieldError::forbidden(field, detail));
            }
        }
        if now.iter().any(|own| own == "Approved") && now.iter().any(|own| own == "Denied") {
            let (value, detail) =
                (json!("Denied"), "Approved and Denied conditions are mutually exclusive");
            errors.push(FieldError::invalid(field, &value, detail));
        }
        let had = &old["status"]["certificate"];
        if !had.is_null() && *had != object["status"]["certificate"] {
            let detail = "updates may not change a certificate that is set";
            errors.push(FieldError::forbidden("status.certificate", detail));
        }
        errors
    }

    fn fill_in(&self, object: &mut Value) {
        let all = object["status"]["conditions"].as_array_mut().into_iter().flatten();
        for condition in all {
            fill(condition, "status", "True");
        }
    }
}
