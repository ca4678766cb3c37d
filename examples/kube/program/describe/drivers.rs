//! A CSINode and a VolumeAttributesClass: which drivers of volumes a node has, and what one is told.

use serde_json::Value;

use super::text::Description;
use super::text::items;
use super::text::listed;
use super::text::number;
use super::text::pairs;
use super::text::text;
use super::time;

pub fn describe_node(object: &Value, into: &mut Description) {
    into.names(object, false);
    into.notes(object);
    into.field(0, "CreationTimestamp", time::date(&object["metadata"]["creationTimestamp"]));
    into.line(0, "Spec:");
    let drivers = &object["spec"]["drivers"];
    if drivers.is_array() {
        into.line(1, "Drivers:");
    }
    for driver in items(drivers) {
        into.line(2, format_args!("{}:", text(&driver["name"])));
        into.field(3, "Node ID", text(&driver["nodeID"]));
        let count = &driver["allocatable"]["count"];
        if count.is_number() {
            into.line(3, "Allocatables:");
            into.field(4, "Count", number(count));
        }
        if driver["topologyKeys"].is_array() {
            let keys: Vec<String> = items(&driver["topologyKeys"]).map(text).collect();
            into.field(3, "Topology Keys", listed(&keys));
        }
    }
}

pub fn describe_attributes(object: &Value, into: &mut Description) {
    into.names(object, false);
    into.field(0, "Annotations", pairs(&object["metadata"]["annotations"]));
    into.field(0, "DriverName", text(&object["driverName"]));
    into.field(0, "Parameters", pairs(&object["parameters"]));
}
