//! Leases: what a holder may write.

use super::Strategy;
use crate::schema::FieldError;
use serde_json::Value;
use std::sync::Arc;

#[derive(Debug)]
struct Lease;

pub(super) fn lease() -> Arc<dyn Strategy> {
    Arc::new(Lease)
}

impl Strategy for Lease {
    fn validate(&self, object: &Value, _old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let spec = &object["spec"];
        if spec["leaseDurationSeconds"].as_i64().is_some_and(|seconds| seconds <= 0) {
            let (field, value) = ("spec.leaseDurationSeconds", &spec["leaseDurationSeconds"]);
            errors.push(FieldError::invalid(field, value, "must be greater than 0"));
        }
        if spec["leaseTransitions"].as_i64().is_some_and(|count| count < 0) {
            let (field, value) = ("spec.leaseTransitions", &spec["leaseTransitions"]);
            let detail = "must be greater than or equal to 0";
            errors.push(FieldError::invalid(field, value, detail));
        }
        errors
    }
}
