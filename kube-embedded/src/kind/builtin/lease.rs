//! Leases and those who would hold them: what a holder and a candidate may write.
//!
//! Mirrors: kubernetes pkg/apis/coordination/validation, pkg/registry/coordination

use super::{Plain, Strategy};
use crate::kind::Kind;
use crate::schema::FieldError;
use semver::Version;
use serde_json::Value;
use serde_json::json;
use std::sync::Arc;

/// The one strategy that Kubernetes itself carries out.
pub(crate) const OLDEST: &str = "OldestEmulationVersion";

/// What only a server that coordinates elections keeps of a Lease.
const COORDINATED: [&str; 2] = ["strategy", "preferredHolder"];

const KEY: &str = "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and \
    must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or \
    '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an \
    optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";

#[derive(Debug)]
struct Lease {
    coordinated: bool,
}

#[derive(Debug)]
struct Candidate;

pub(super) fn lease() -> Arc<dyn Strategy> {
    Arc::new(Lease { coordinated: false })
}

pub(super) fn coordinated_lease() -> Arc<dyn Strategy> {
    Arc::new(Lease { coordinated: true })
}

pub(super) fn candidate() -> Arc<dyn Strategy> {
    Arc::new(Candidate)
}

impl Strategy for Lease {
    fn decode(&self, kind: &Kind, object: &mut Value) -> Result<Vec<String>, String> {
        decode(kind, object, &["acquireTime", "renewTime"])
    }

    fn prepare_create(&self, object: &mut Value, _now: &str) {
        self.drop_unknown(object, &Value::Null);
    }

    fn prepare_update(&self, object: &mut Value, old: &Value) {
        self.drop_unknown(object, old);
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
        if let Some(strategy) = spec["strategy"].as_str() {
            errors.extend(strategy_errors(strategy));
        }
        if !text(spec, "preferredHolder").is_empty() && text(spec, "strategy").is_empty() {
            let detail = "may only be specified if `strategy` is defined";
            errors.push(FieldError::forbidden("spec.preferredHolder", detail));
        }
        errors
    }
}

impl Lease {
    /// What was there before the server stopped to coordinate stays.
    fn drop_unknown(&self, object: &mut Value, old: &Value) {
        let spec = object.get_mut("spec").and_then(Value::as_object_mut);
        let Some(spec) = spec.filter(|_| !self.coordinated) else { return };
        for member in COORDINATED {
            if old["spec"][member].is_null() {
                spec.remove(member);
            }
        }
    }
}

impl Strategy for Candidate {
    fn decode(&self, kind: &Kind, object: &mut Value) -> Result<Vec<String>, String> {
        decode(kind, object, &["pingTime", "renewTime"])
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let spec = &object["spec"];
        let lease = text(spec, "leaseName");
        if lease.is_empty() {
            errors.push(FieldError::required("spec.leaseName", ""));
        }
        let (emulation, binary) = (text(spec, "emulationVersion"), text(spec, "binaryVersion"));
        let wrong = "must be a valid semantic version";
        let emulated = Version::parse(emulation).ok();
        if emulated.is_none() && !emulation.is_empty() {
            errors.push(FieldError::invalid("spec.emulationVersion", &json!(emulation), wrong));
        }
        let run = Version::parse(binary).ok();
        if binary.is_empty() {
            errors.push(FieldError::required("spec.binaryVersion", ""));
        } else if run.is_none() {
            errors.push(FieldError::invalid("spec.binaryVersion", &json!(binary), wrong));
        }
        // One that is wrong counts as the least.
        let zero = Version::new(0, 0, 0);
        let (emulated, run) = (emulated.unwrap_or(zero.clone()), run.unwrap_or(zero.clone()));
        if !binary.is_empty() && !emulation.is_empty() && run.cmp_precedence(&emulated).is_lt() {
            let detail = "must be greater than or equal to `emulationVersion`";
            errors.push(FieldError::invalid("spec.binaryVersion", &json!(binary), detail));
        }
        match text(spec, "strategy") {
            "" => errors.push(FieldError::required("spec.strategy", "")),
            strategy => {
                if strategy == OLDEST && emulated.cmp_precedence(&zero).is_eq() {
                    let detail = format!("must be specified when `strategy` is '{OLDEST}'");
                    errors.push(FieldError::required("spec.emulationVersion", detail));
                }
                errors.extend(strategy_errors(strategy));
            }
        }
        if old.is_some_and(|old| text(&old["spec"], "leaseName") != lease) {
            let (field, value) = ("spec.leaseName", json!(lease));
            errors.push(FieldError::invalid(field, &value, "field is immutable"));
        }
        errors
    }
}

fn text<'a>(spec: &'a Value, member: &str) -> &'a str {
    spec[member].as_str().unwrap_or_default()
}

/// The field is told twice, as the API server does.
fn strategy_errors(strategy: &str) -> Vec<FieldError> {
    let (field, value) = ("spec.strategy.strategy", json!(strategy));
    match strategy.split('/').collect::<Vec<_>>()[..] {
        [OLDEST] => Vec::new(),
        [_] => vec![FieldError::not_supported(field, &value, [OLDEST])],
        // Somebody else's, as `example.com/strategy`.
        [prefix, name] if is_part(prefix) && is_part(name) => Vec::new(),
        _ => vec![FieldError::invalid(field, &value, KEY)],
    }
}

fn is_part(text: &str) -> bool {
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    edge(text.bytes().next()) && edge(text.bytes().next_back()) && text.bytes().all(inside)
}

fn decode(kind: &Kind, object: &mut Value, times: &[&str]) -> Result<Vec<String>, String> {
    let unknown = Plain.decode(kind, object)?;
    for member in times {
        if let Some(error) = object["spec"][*member].as_str().and_then(micro_error) {
            return Err(error);
        }
    }
    Ok(unknown)
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
