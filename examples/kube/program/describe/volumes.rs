//! Volumes: where each comes from.
//!
//! Differs: drivers that Kubernetes has given up for CSI are told by their name alone.

use serde_json::Value;

use super::super::quantity::Quantity;
use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::members;
use super::text::number;
use super::text::text;

/// What is said of each sort, and which members it has: title, name, and what stands there if it is not set.
type Sort = (&'static str, &'static str, &'static [(&'static str, &'static str, &'static str)]);

const SORTS: [Sort; 9] = [
    (
        "hostPath",
        "HostPath (bare host directory volume)",
        &[("Path", "path", ""), ("HostPathType", "type", "<none>")],
    ),
    (
        "secret",
        "Secret (a volume populated by a Secret)",
        &[("SecretName", "secretName", ""), ("Optional", "optional", "false")],
    ),
    (
        "configMap",
        "ConfigMap (a volume populated by a ConfigMap)",
        &[("Name", "name", ""), ("Optional", "optional", "false")],
    ),
    (
        "nfs",
        "NFS (an NFS mount that lasts the lifetime of a pod)",
        &[("Server", "server", ""), ("Path", "path", ""), ("ReadOnly", "readOnly", "false")],
    ),
    (
        "persistentVolumeClaim",
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        &[("ClaimName", "claimName", ""), ("ReadOnly", "readOnly", "false")],
    ),
    (
        "image",
        "Image (a container image or OCI artifact)",
        &[("Reference", "reference", ""), ("PullPolicy", "pullPolicy", "")],
    ),
    (
        "csi",
        "CSI (a Container Storage Interface (CSI) volume source)",
        &[("Driver", "driver", ""), ("FSType", "fsType", ""), ("ReadOnly", "readOnly", "false")],
    ),
    (
        "local",
        "LocalVolume (a persistent volume backed by local storage on a node)",
        &[("Path", "path", "")],
    ),
    (
        "gitRepo",
        "GitRepo (a volume that is pulled from git when the pod is created)",
        &[("Repository", "repository", ""), ("Revision", "revision", "")],
    ),
];

/// The same of a PersistentVolume, which has a handle.
const HANDLED: Sort = (
    "csi",
    "CSI (a Container Storage Interface (CSI) volume source)",
    &[
        ("Driver", "driver", ""),
        ("FSType", "fsType", ""),
        ("VolumeHandle", "volumeHandle", ""),
        ("ReadOnly", "readOnly", "false"),
    ],
);

pub fn describe(volumes: &Value, indent: &str, into: &mut Description) {
    if !is_set(volumes) {
        into.field(0, &format!("{indent}Volumes"), "<none>");
        return;
    }
    into.line(0, format_args!("{indent}Volumes:"));
    let inner = if indent.is_empty() { "" } else { " " };
    for volume in items(volumes) {
        into.line(1, format_args!("{inner}{}:", text(&volume["name"])));
        describe_source(volume, into);
    }
}

/// Where it comes from.
pub fn describe_source(volume: &Value, into: &mut Description) {
    let (empty, projected, downward, ephemeral) =
        (&volume["emptyDir"], &volume["projected"], &volume["downwardAPI"], &volume["ephemeral"]);
    let listed = match volume["csi"]["volumeHandle"].is_string() {
        true => Some(&HANDLED),
        false => SORTS.iter().find(|(sort, ..)| volume[sort].is_object()),
    };
    if let Some((sort, title, fields)) = listed {
        into.field(2, "Type", title);
        for (title, member, none) in *fields {
            match &volume[sort][member] {
                Value::Null => into.field(2, title, none),
                value => into.field(2, title, text(value)),
            }
        }
        if *sort == "csi" {
            describe_attributes(&volume[sort]["volumeAttributes"], into);
        }
    } else if empty.is_object() {
        into.field(2, "Type", "EmptyDir (a temporary directory that shares a pod's lifetime)");
        into.field(2, "Medium", text(&empty["medium"]));
        let limit = Quantity::of(&empty["sizeLimit"]);
        let limit = if limit.is_zero() { "<unset>".to_owned() } else { limit.to_string() };
        into.field(2, "SizeLimit", limit);
    } else if projected.is_object() {
        let title = "Projected (a volume that contains injected data from multiple sources)";
        into.field(2, "Type", title);
        for source in items(&projected["sources"]) {
            describe_projected(source, into);
        }
    } else if downward.is_object() {
        into.field(2, "Type", "DownwardAPI (a volume populated by information about the pod)");
        into.line(2, "Items:");
        for item in items(&downward["items"]) {
            let path = text(&item["path"]);
            for source in [&item["fieldRef"]["fieldPath"], &item["resourceFieldRef"]["resource"]] {
                if source.is_string() {
                    into.line(3, format_args!("{} -> {path}", text(source)));
                }
            }
        }
    } else if ephemeral.is_object() {
        let title = "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)";
        into.field(2, "Type", title);
        describe_claim(&ephemeral["volumeClaimTemplate"], into);
    } else {
        let sort = members(volume).find(|(name, value)| *name != "name" && value.is_object());
        into.line(1, sort.map_or("<unknown>", |(name, _)| name));
    }
}

fn describe_projected(source: &Value, into: &mut Description) {
    let [secret, downward, map, token] =
        ["secret", "downwardAPI", "configMap", "serviceAccountToken"].map(|sort| &source[sort]);
    if secret.is_object() {
        into.field(2, "SecretName", text(&secret["name"]));
        into.field(2, "Optional", secret["optional"] == true);
    } else if downward.is_object() {
        into.field(2, "DownwardAPI", true);
    } else if map.is_object() {
        into.field(2, "ConfigMapName", text(&map["name"]));
        into.field(2, "Optional", map["optional"] == true);
    } else if token.is_object() {
        into.field(2, "TokenExpirationSeconds", number(&token["expirationSeconds"]));
    }
}

fn describe_attributes(attributes: &Value, into: &mut Description) {
    let pairs = members(attributes).map(|(key, value)| format!("{key}={}", text(value)));
    describe_within("VolumeAttributes", pairs, "<none>", into);
}

/// As kubectl indents lines within a volume: at each of its steps once more.
fn describe_within(
    title: &str,
    lines: impl Iterator<Item = String>,
    none: &str,
    into: &mut Description,
) {
    let mut lines = lines.peekable();
    if lines.peek().is_none() {
        into.field(2, title, none);
    }
    for (index, line) in lines.enumerate() {
        match index {
            0 => into.field(2, title, format_args!("    {line}")),
            _ => into.line(2, format_args!("    \t    {line}")),
        }
    }
}

/// The claim that is made for a Pod: nothing is bound yet, so neither room nor modes are told.
fn describe_claim(claim: &Value, into: &mut Description) {
    let (metadata, spec) = (&claim["metadata"], &claim["spec"]);
    into.field(2, "StorageClass", text(&spec["storageClassName"]));
    into.field(2, "Volume", text(&spec["volumeName"]));
    let labels = members(&metadata["labels"]).map(|(key, value)| format!("{key}={}", text(value)));
    describe_within("Labels", labels, "    <none>", into);
    let notes =
        members(&metadata["annotations"]).map(|(key, value)| format!("{key}: {}", text(value)));
    describe_within("Annotations", notes, "    <none>", into);
    into.field(2, "Capacity", "");
    into.field(2, "Access Modes", "");
    into.field_if(2, "VolumeMode", &spec["volumeMode"]);
}
