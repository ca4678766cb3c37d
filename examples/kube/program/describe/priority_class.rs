//! A PriorityClass: how much its Pods matter.

use serde_json::Value;

use super::text::Description;
use super::text::number;
use super::text::pairs;
use super::text::text;

pub fn describe(object: &Value, into: &mut Description) {
    into.names(object, false);
    into.field(0, "Value", number(&object["value"]));
    into.field(0, "GlobalDefault", object["globalDefault"] == true);
    into.field(0, "PreemptionPolicy", text(&object["preemptionPolicy"]));
    into.field(0, "Description", text(&object["description"]));
    into.field(0, "Annotations", pairs(&object["metadata"]["annotations"]));
}
