//! A RoleBinding or a ClusterRoleBinding: which role, and who has it.

use serde_json::Value;

use super::text::Description;
use super::text::items;
use super::text::text;

pub fn describe(object: &Value, into: &mut Description) {
    into.names(object, false);
    into.notes(object);
    into.line(0, "Role:");
    into.field(1, "Kind", text(&object["roleRef"]["kind"]));
    into.field(1, "Name", text(&object["roleRef"]["name"]));
    let row =
        |subject: &Value| ["kind", "name", "namespace"].map(|it| text(&subject[it])).join("\t");
    into.table("Subjects", "Kind\tName\tNamespace", items(&object["subjects"]).map(row));
}
