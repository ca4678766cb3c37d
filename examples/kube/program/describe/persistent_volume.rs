//! A PersistentVolume: who has claimed it, where it can be used, and what it is made of.

use serde_json::Value;

use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::joined_by;
use super::text::listed;
use super::text::or;
use super::text::text;
use super::time;
use super::volumes;

/// Before there was a member for it, the class was an annotation.
const CLASS: &str = "volume.beta.kubernetes.io/storage-class";

/// What it is made of, beside all else that has members.
const NO_SOURCES: [&str; 3] = ["capacity", "claimRef", "nodeAffinity"];

pub fn describe(object: &Value, into: &mut Description) {
    let spec = &object["spec"];
    into.names(object, false);
    into.notes(object);
    into.field(0, "Finalizers", finalizers(object));
    into.field(0, "StorageClass", class(object));
    into.field(0, "Status", status(object));
    let claim = &spec["claimRef"];
    let claim = match claim.is_object() {
        true => format!("{}/{}", text(&claim["namespace"]), text(&claim["name"])),
        false => String::new(),
    };
    into.field(0, "Claim", claim);
    into.field(0, "Reclaim Policy", text(&spec["persistentVolumeReclaimPolicy"]));
    into.field(0, "Access Modes", access_modes(&spec["accessModes"]));
    into.field_if(0, "VolumeMode", &spec["volumeMode"]);
    into.field(0, "Capacity", or(&spec["capacity"]["storage"], "0"));
    describe_affinity(&spec["nodeAffinity"]["required"], into);
    into.field(0, "Message", text(&object["status"]["message"]));
    into.line(0, "Source:");
    let mut source = spec.clone();
    if let Value::Object(members) = &mut source {
        members.retain(|name, _| !NO_SOURCES.contains(&name.as_str()));
    }
    volumes::describe_source(&source, into);
}

/// As a claim has it, too.
pub fn class(object: &Value) -> String {
    match &object["metadata"]["annotations"][CLASS] {
        Value::Null => text(&object["spec"]["storageClassName"]),
        class => text(class),
    }
}

pub fn finalizers(object: &Value) -> String {
    listed(&items(&object["metadata"]["finalizers"]).map(text).collect::<Vec<_>>())
}

pub fn status(object: &Value) -> String {
    match &object["metadata"]["deletionTimestamp"] {
        Value::Null => text(&object["status"]["phase"]),
        since => format!("Terminating (lasts {})", time::age(since)),
    }
}

/// In short, each once.
pub fn access_modes(modes: &Value) -> String {
    let known = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let has = |mode: &str| items(modes).any(|it| it == mode);
    known
        .iter()
        .filter(|(mode, _)| has(mode))
        .map(|(_, short)| *short)
        .collect::<Vec<_>>()
        .join(",")
}

fn describe_affinity(required: &Value, into: &mut Description) {
    if !required.is_object() {
        into.field(0, "Node Affinity", "<none>");
        return;
    }
    into.field(0, "Node Affinity", "");
    let terms = &required["nodeSelectorTerms"];
    into.field(1, "Required Terms", if is_set(terms) { "" } else { "<none>" });
    for (index, term) in items(terms).enumerate() {
        let title = format!("Term {index}");
        describe_term(2, &title, &term["matchExpressions"], into);
    }
}

/// Requirements of labels, one a line.
pub fn describe_term(level: usize, title: &str, requirements: &Value, into: &mut Description) {
    if !is_set(requirements) {
        into.field(level, title, "<none>");
    }
    for (index, requirement) in items(requirements).enumerate() {
        let operator = or(&requirement["operator"], "in").to_lowercase();
        let mut line = format!("{} {operator}", text(&requirement["key"]));
        if is_set(&requirement["values"]) {
            line.push_str(&format!(" [{}]", joined_by(&requirement["values"], ", ")));
        }
        match index {
            0 => into.field(level, title, line),
            _ => into.line(level, format_args!("\t{line}")),
        }
    }
}
