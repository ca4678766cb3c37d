//! Endpoints and EndpointSlices: the addresses behind a Service.

use serde_json::Value;

use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::joined_by;
use super::text::number;
use super::text::or;
use super::text::text;

const UNSET: &str = "<unset>";
const NONE: &str = "<none>";

pub fn describe(object: &Value, into: &mut Description) {
    into.names(object, true);
    into.notes(object);
    into.line(0, "Subsets:");
    for subset in items(&object["subsets"]) {
        for (title, member) in
            [("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")]
        {
            let addresses: Vec<String> = items(&subset[member]).map(|it| text(&it["ip"])).collect();
            into.field(1, title, or(&addresses.join(",").into(), NONE));
        }
        if is_set(&subset["ports"]) {
            into.line(1, "Ports:");
            into.line(2, "Name\tPort\tProtocol");
            into.line(2, "----\t----\t--------");
        }
        for port in items(&subset["ports"]) {
            let (name, protocol) = (or(&port["name"], UNSET), text(&port["protocol"]));
            into.line(2, format_args!("{name}\t{}\t{protocol}", number(&port["port"])));
        }
        into.line(0, "");
    }
}

pub fn describe_slice(object: &Value, into: &mut Description) {
    into.names(object, true);
    into.notes(object);
    into.field(0, "AddressType", text(&object["addressType"]));
    match is_set(&object["ports"]) {
        false => into.line(0, "Ports: <unset>"),
        true => {
            let row = |port: &Value| {
                let [name, number] = ["name", "port"].map(|member| or(&port[member], UNSET));
                format!("{name}\t{number}\t{}", text(&port["protocol"]))
            };
            into.table("Ports", "Name\tPort\tProtocol", items(&object["ports"]).map(row));
        }
    }
    match is_set(&object["endpoints"]) {
        false => into.line(0, "Endpoints: <none>"),
        true => into.line(0, "Endpoints:"),
    }
    for endpoint in items(&object["endpoints"]) {
        let addresses = or(&joined_by(&endpoint["addresses"], ", ").into(), NONE);
        into.field(1, "- Addresses", addresses);
        into.line(2, "Conditions:");
        into.field(3, "Ready", or(&endpoint["conditions"]["ready"], UNSET));
        into.field(2, "Hostname", or(&endpoint["hostname"], UNSET));
        let target = &endpoint["targetRef"];
        if target.is_object() {
            let (kind, name) = (text(&target["kind"]), text(&target["name"]));
            into.field(2, "TargetRef", format_args!("{kind}/{name}"));
        }
        into.field(2, "NodeName", or(&endpoint["nodeName"], UNSET));
        into.field(2, "Zone", or(&endpoint["zone"], UNSET));
    }
}
