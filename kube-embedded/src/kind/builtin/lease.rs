//! Leases: what a holder may write.

use super::{Plain, Strategy};
use crate::kind::Kind;
use crate::schema::FieldError;
use serde_json::Value;
use std::sync::Arc;

#[derive(Debug)]
struct Lease;

pub(super) fn lease() -> Arc<dyn Strategy> {
    Arc::new(Lease)
}

impl Strategy for Lease {
    fn decode(&self, kind: &Kind, object: &mut Value) -> Result<Vec<String>, String> {
        let unknown = Plain.decode(kind, object)?;
        for member in ["acquireTime", "renewTime"] {
            if let Some(error) = object["spec"][member].as_str().and_then(micro_error) {
                return Err(error);
            }
        }
        Ok(unknown)
    }

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

/// What is wrong with a time that must have six digits after the second.
fn micro_error(text: &str) -> Option<String> {
    let layout = "2006-01-02T15:04:05.000000Z07:00";
    let rest = text.get(19..)?;
    let digits = rest
        .strip_prefix('.')
        .map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    (digits != 6).then(|| {
        format!("parsing time \"{text}\" as \"{layout}\": cannot parse \"{rest}\" as \".000000\"")
    })
}
