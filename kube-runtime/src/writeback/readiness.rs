//! How a reconcile ended as the condition `Ready` of its object: a failure in, at most one write of the status out.
//!
//! Promises:
//! - Only a kind whose status has conditions is written to.
//! - What is there already is not written again; a failure that is final is written once for a generation and reason, whatever its text, since the
//!   write itself brings the object again.
//! - A `Ready` that the program itself says is false of this generation stays what it is.
//! - What was written here is taken back here, by the first reconcile that ends well.

use std::sync::Arc;

use jiff::Timestamp;
use kube_core::Resource;
use kube_core::Result;
use serde_json::Value;
use serde_json::json;

use super::Writer;
use super::conditions::Condition;
use super::conditions::Conditions as _;
use super::conditions::Truth;
use super::conditions::condition;
use super::status::encode;
use super::status::write;

const READY: &str = "Ready";
const RECONCILED: &str = "Reconciled";
/// The fields of a condition; a list of anything else is the program's own.
const FIELDS: [&str; 6] =
    ["lastTransitionTime", "message", "observedGeneration", "reason", "status", "type"];

/// Why a reconcile failed, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Failed,
    Final,
    Panicked,
    TimedOut,
}

impl Why {
    const ALL: [Self; 4] = [Self::Failed, Self::Final, Self::Panicked, Self::TimedOut];

    fn reason(self) -> &'static str {
        match self {
            Self::Failed => "ReconcileFailed",
            Self::Final => "ReconcileFailedForGood",
            Self::Panicked => "ReconcilePanicked",
            Self::TimedOut => "ReconcileTimedOut",
        }
    }
}

/// How a reconcile ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
    Well,
    Failure(Why, String),
}

/// Whether the status of this kind has conditions, as its definition says: a built-in kind's are others' to write.
pub(crate) fn is_told<K: Resource>() -> bool {
    let Some(definition) = K::custom_definition() else { return false };
    let version = definition.spec.versions.iter().find(|it| it.name == K::RESOURCE.version);
    let schema = version.and_then(|version| version.schema.as_ref());
    let Some(schema) = schema.and_then(|schema| serde_json::to_value(schema).ok()) else {
        return false;
    };
    let place = "/openAPIV3Schema/properties/status/properties/conditions/items/properties";
    let fields = schema.pointer(place).and_then(Value::as_object);
    fields.is_some_and(|fields| {
        fields.len() == FIELDS.len() && FIELDS.iter().all(|name| fields.contains_key(*name))
    })
}

/// Writes how a reconcile ended, if that is news; `None` when it is not.
pub(crate) async fn tell<K: Resource>(
    writer: &Writer,
    object: &Arc<K>,
    end: &End,
    now: Timestamp,
) -> Result<Option<K>> {
    write(writer, object, |base| {
        let status = encode(base, base)?["status"].take();
        let generation = Resource::metadata(base).generation;
        let Some(conditions) = news(&status, generation, end, now) else { return Ok(None) };
        // A first status is whole, for some of its fields may be required.
        let mut patch = match status {
            Value::Null => K::first_status().unwrap_or_else(|| json!({})),
            _ => json!({}),
        };
        patch["conditions"] = json!(conditions);
        Ok(Some(patch))
    })
    .await
}

/// The conditions that a status has then; `None` when they stay what they are.
fn news(
    status: &Value,
    generation: Option<i64>,
    end: &End,
    now: Timestamp,
) -> Option<Vec<Condition>> {
    let mut conditions: Vec<Condition> = match &status["conditions"] {
        Value::Null => Vec::new(),
        present => serde_json::from_value(present.clone()).ok()?,
    };
    let present = conditions.find(READY);
    let is_ours = |ready: &Condition| {
        ready.reason == RECONCILED || Why::ALL.iter().any(|why| why.reason() == ready.reason)
    };
    let ready = match end {
        End::Well if present.is_some_and(is_ours) => {
            condition(READY, true, RECONCILED, "", generation, now)
        }
        End::Well => return None,
        End::Failure(why, message) => {
            let is_known = present.is_some_and(|ready| {
                ready.status == Truth::False.as_str()
                    && ready.observed_generation == generation
                    && (!is_ours(ready) || (*why == Why::Final && ready.reason == why.reason()))
            });
            if is_known {
                return None;
            }
            condition(READY, false, why.reason(), message, generation, now)
        }
    };
    conditions.set(ready).then_some(conditions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(status: &Value, generation: i64, end: &End) -> Option<Value> {
        let now = "2026-01-01T00:00:30Z".parse().unwrap();
        let conditions = news(status, Some(generation), end, now)?;
        let shown = |it: &Condition| {
            let since = it.last_transition_time.0.to_string();
            json!([it.type_, it.status, it.reason, it.message, it.observed_generation, since])
        };
        Some(conditions.iter().map(shown).collect())
    }

    fn ready(status: &str, reason: &str, message: &str) -> Value {
        json!({ "conditions": [{ "type": "Ready", "status": status, "reason": reason,
            "message": message, "observedGeneration": 1, "lastTransitionTime": "2026-01-01T00:00:00Z" }] })
    }

    #[test]
    fn a_failure_is_told_once_and_taken_back_when_all_is_well() {
        let failed = |message: &str| End::Failure(Why::Failed, message.to_owned());
        let (then, now) = ("2026-01-01T00:00:00Z", "2026-01-01T00:00:30Z");
        let told = |message: &str, generation: i64, since: &str| {
            Some(json!([["Ready", "False", "ReconcileFailed", message, generation, since]]))
        };
        let none = json!({});
        assert_eq!(after(&none, 1, &failed("no")), told("no", 1, now));
        let present = ready("False", "ReconcileFailed", "no");
        assert_eq!(after(&present, 1, &failed("no")), None, "nothing is new");
        assert_eq!(after(&present, 1, &failed("yet")), told("yet", 1, then));
        assert_eq!(after(&present, 2, &failed("no")), told("no", 2, then));
        assert_eq!(after(&ready("True", "Mine", ""), 1, &failed("no")), told("no", 1, now));
        let well = json!([["Ready", "True", "Reconciled", "", 1, now]]);
        assert_eq!(after(&present, 1, &End::Well), Some(well));
        assert_eq!(after(&ready("True", "Reconciled", ""), 1, &End::Well), None);
    }

    #[test]
    fn what_the_program_says_itself_is_its_own() {
        let failed = End::Failure(Why::Failed, "no".to_owned());
        for status in ["True", "False", "Unknown"] {
            assert_eq!(after(&ready(status, "Mine", ""), 1, &End::Well), None);
        }
        assert_eq!(after(&json!({}), 1, &End::Well), None);
        assert_eq!(after(&ready("False", "Mine", ""), 1, &failed), None);
        assert!(after(&ready("False", "Mine", ""), 2, &failed).is_some(), "it is out of date");
    }

    #[test]
    fn a_final_failure_is_written_once_whatever_its_text() {
        let last = |message: &str| End::Failure(Why::Final, message.to_owned());
        let present = ready("False", "ReconcileFailedForGood", "at 10:00");
        assert_eq!(after(&present, 1, &last("at 10:01")), None);
        assert!(after(&present, 2, &last("at 10:01")).is_some());
    }
}
