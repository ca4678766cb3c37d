//! One condition in a status, found or set.

use serde_json::Value;
use serde_json::json;

/// The condition of this type.
pub(crate) fn condition<'a>(status: &'a Value, name: &str) -> Option<&'a Value> {
    status["conditions"].as_array()?.iter().find(|one| one["type"] == name)
}

/// Sets type, status, reason and message; the transition is stamped when the status turns.
pub(crate) fn set_condition(
    status: &mut Value,
    (name, value, reason, message): (&str, &str, &str, &str),
    now: &str,
) {
    let before = condition(status, name);
    let turned = before.is_none_or(|one| one["status"] != value);
    let stamp = match before {
        Some(one) if !turned => one["lastTransitionTime"].clone(),
        _ => json!(now),
    };
    let next = json!({
        "type": name,
        "status": value,
        "lastTransitionTime": stamp,
        "reason": reason,
        "message": message,
    });
    put_condition(status, next);
}

/// Puts a condition in the place of the one of its type, or behind the others.
pub(crate) fn put_condition(status: &mut Value, condition: Value) {
    if !status["conditions"].is_array() {
        status["conditions"] = json!([]);
    }
    let Some(conditions) = status["conditions"].as_array_mut() else { return };
    match conditions.iter_mut().find(|one| one["type"] == condition["type"]) {
        Some(one) => *one = condition,
        None => conditions.push(condition),
    }
}
