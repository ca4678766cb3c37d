//! A PodDisruptionBudget: how many Pods may be missing, and how many are.

use serde_json::Value;

use super::selector;
use super::text::Description;
use super::text::number;
use super::text::or;
use super::text::text;

pub fn describe(object: &Value, into: &mut Description) {
    let (spec, status) = (&object["spec"], &object["status"]);
    into.names(object, true);
    match (&spec["minAvailable"], &spec["maxUnavailable"]) {
        (Value::Null, Value::Null) => {}
        (Value::Null, most) => into.field(0, "Max unavailable", text(most)),
        (least, _) => into.field(0, "Min available", text(least)),
    }
    let selector = match &spec["selector"] {
        Value::Null => "<unset>".to_owned(),
        selector => or(&selector::of(selector).into(), "<none>"),
    };
    into.field(0, "Selector", selector);
    into.line(0, "Status:");
    for (title, member) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        into.field(2, title, number(&status[member]));
    }
}
