//! A ServiceCIDR and an IPAddress: where the addresses of Services come from, and who has one.

use serde_json::Value;

use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::joined_by;
use super::text::text;
use super::time;

pub fn describe_range(object: &Value, into: &mut Description) {
    into.names(object, false);
    into.notes(object);
    into.field(0, "CIDRs", joined_by(&object["spec"]["cidrs"], ", "));
    let conditions = &object["status"]["conditions"];
    if is_set(conditions) {
        let row = |condition: &Value| {
            let [kind, status, reason, message] =
                ["type", "status", "reason", "message"].map(|member| text(&condition[member]));
            let since = time::date(&condition["lastTransitionTime"]);
            format!("{kind}\t{status}\t{since}\t{reason}\t{message}")
        };
        into.line(0, "Status:");
        let columns = "Type\tStatus\tLastTransitionTime\tReason\tMessage";
        into.table("Conditions", columns, items(conditions).map(row));
    }
}

pub fn describe(object: &Value, into: &mut Description) {
    into.names(object, false);
    into.notes(object);
    let parent = &object["spec"]["parentRef"];
    if parent.is_object() {
        into.line(0, "Parent Reference:");
        for (title, member) in [
            ("Group", "group"),
            ("Resource", "resource"),
            ("Namespace", "namespace"),
            ("Name", "name"),
        ] {
            into.field(1, title, text(&parent[member]));
        }
    }
}
