//! A StorageClass: who makes volumes of it, how, and where.

use serde_json::Value;

use super::persistent_volume::describe_term;
use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::pairs;
use super::text::text;
use super::text::truth;

const DEFAULT: [&str; 2] = [
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
];

pub fn describe(object: &Value, into: &mut Description) {
    let annotations = &object["metadata"]["annotations"];
    into.names(object, false);
    let default = DEFAULT.iter().any(|key| annotations[key] == "true");
    into.field(0, "IsDefaultClass", if default { "Yes" } else { "No" });
    into.field(0, "Annotations", pairs(annotations));
    into.field(0, "Provisioner", text(&object["provisioner"]));
    into.field(0, "Parameters", pairs(&object["parameters"]));
    into.field(0, "AllowVolumeExpansion", truth(&object["allowVolumeExpansion"]));
    let options = &object["mountOptions"];
    match is_set(options) {
        true => into.line(0, "MountOptions:"),
        false => into.field(0, "MountOptions", "<none>"),
    }
    for option in items(options) {
        into.line(1, text(option));
    }
    into.field_if(0, "ReclaimPolicy", &object["reclaimPolicy"]);
    into.field_if(0, "VolumeBindingMode", &object["volumeBindingMode"]);
    let topologies = &object["allowedTopologies"];
    if topologies.is_array() {
        into.field(0, "AllowedTopologies", if is_set(topologies) { "" } else { "<none>" });
    }
    for (index, term) in items(topologies).enumerate() {
        describe_term(1, &format!("Term {index}"), &term["matchLabelExpressions"], into);
    }
}
