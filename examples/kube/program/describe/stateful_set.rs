//! A StatefulSet: how many Pods there are and should be, what they are made of, and the volumes that each gets.

use serde_json::Value;

use super::super::Ground;
use super::replica_set;
use super::selector;
use super::template;
use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::number;
use super::text::or;
use super::text::text;
use super::time;

/// Where claims named their class before they had a field for it.
const CLASS: &str = "volume.beta.kubernetes.io/storage-class";

pub async fn describe(
    ground: &Ground,
    object: &Value,
    into: &mut Description,
) -> kube_core::Result<()> {
    let spec = &object["spec"];
    into.names(object, true);
    into.field(0, "CreationTimestamp", time::date(&object["metadata"]["creationTimestamp"]));
    let selector = selector::of(&spec["selector"]);
    into.field(0, "Selector", &selector);
    into.notes(object);
    let (wanted, all) = (number(&spec["replicas"]), number(&object["status"]["replicas"]));
    into.field(0, "Replicas", format_args!("{wanted} desired | {all} total"));
    into.field(0, "Update Strategy", text(&spec["updateStrategy"]["type"]));
    let rolling = &spec["updateStrategy"]["rollingUpdate"];
    if is_set(&rolling["partition"]) {
        into.field(1, "Partition", number(&rolling["partition"]));
        into.field_if(1, "MaxUnavailable", &rolling["maxUnavailable"]);
    }
    let pods = replica_set::pods_status(ground, object, &selector).await?;
    into.field(0, "Pods Status", pods);
    template::describe(&spec["template"], into);
    describe_claims(&spec["volumeClaimTemplates"], into);
    Ok(())
}

fn describe_claims(claims: &Value, into: &mut Description) {
    if !is_set(claims) {
        into.field(0, "Volume Claims", "<none>");
        return;
    }
    into.line(0, "Volume Claims:");
    for claim in items(claims) {
        let (metadata, spec) = (&claim["metadata"], &claim["spec"]);
        into.field(1, "Name", text(&metadata["name"]));
        let class = &metadata["annotations"][CLASS];
        let class = if is_set(class) { class } else { &spec["storageClassName"] };
        into.field(1, "StorageClass", text(class));
        into.labels("  Labels", &metadata["labels"]);
        into.labels("  Annotations", &metadata["annotations"]);
        into.field(1, "Capacity", or(&spec["resources"]["requests"]["storage"], "<default>"));
        let modes: Vec<String> = items(&spec["accessModes"]).map(text).collect();
        into.field(1, "Access Modes", format_args!("[{}]", modes.join(" ")));
    }
}
