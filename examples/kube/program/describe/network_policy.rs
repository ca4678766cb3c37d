//! A NetworkPolicy: which Pods it is about, and what may come to them and go from them.

use serde_json::Value;

use super::selector;
use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::joined_by;
use super::text::or;
use super::text::text;
use super::time;

/// How one direction is told.
struct Way {
    kind: &'static str,
    rules: &'static str,
    peers: &'static str,
    title: &'static str,
    any: &'static str,
}

const WAYS: [Way; 2] = [
    Way { kind: "Ingress", rules: "ingress", peers: "from", title: "From", any: "source" },
    Way { kind: "Egress", rules: "egress", peers: "to", title: "To", any: "destination" },
];

pub fn describe(object: &Value, into: &mut Description) {
    let spec = &object["spec"];
    into.names(object, true);
    into.field(0, "Created on", time::go(&object["metadata"]["creationTimestamp"]));
    into.notes(object);
    into.line(0, "Spec:");
    let selector = &spec["podSelector"];
    let pods = match is_set(&selector["matchLabels"]) || is_set(&selector["matchExpressions"]) {
        true => selected(selector),
        false => "<none> (Allowing the specific traffic to all pods in this namespace)".to_owned(),
    };
    into.line(1, format_args!("PodSelector:     {pods}"));
    let types = &spec["policyTypes"];
    for way in WAYS {
        if items(types).any(|kind| kind == way.kind) {
            into.line(1, format_args!("Allowing {} traffic:", way.rules));
            describe_way(&way, &spec[way.rules], into);
        } else {
            into.line(1, format_args!("Not affecting {} traffic", way.rules));
        }
    }
    let types = or(&joined_by(types, ", ").into(), "<none>");
    into.line(1, format_args!("Policy Types: {types}"));
}

fn describe_way(way: &Way, rules: &Value, into: &mut Description) {
    if !is_set(rules) {
        let sort = way.rules;
        into.line(2, format_args!("<none> (Selected pods are isolated for {sort} connectivity)"));
    }
    for (index, rule) in items(rules).enumerate() {
        if index > 0 {
            into.line(2, "----------");
        }
        if !is_set(&rule["ports"]) {
            into.line(2, "To Port: <any> (traffic allowed to all ports)");
        }
        for port in items(&rule["ports"]) {
            into.line(2, port_of(port));
        }
        let peers = &rule[way.peers];
        if !is_set(peers) {
            let (title, any) = (way.title, way.any);
            into.line(2, format_args!("{title}: <any> (traffic not restricted by {any})"));
        }
        for peer in items(peers) {
            into.line(2, format_args!("{}:", way.title));
            describe_peer(peer, into);
        }
    }
}

fn port_of(port: &Value) -> String {
    let (from, protocol) = (or(&port["port"], "<nil>"), or(&port["protocol"], "TCP"));
    match port["endPort"].as_i64() {
        Some(to) => format!("To Port Range: {from}-{to}/{protocol}"),
        None => format!("To Port: {from}/{protocol}"),
    }
}

fn describe_peer(peer: &Value, into: &mut Description) {
    let (block, mut selects) = (&peer["ipBlock"], false);
    for (title, member) in
        [("NamespaceSelector", "namespaceSelector"), ("PodSelector", "podSelector")]
    {
        if peer[member].is_object() {
            selects = true;
            into.line(3, format_args!("{title}: {}", selected(&peer[member])));
        }
    }
    if !selects && block.is_object() {
        into.line(3, "IPBlock:");
        into.line(4, format_args!("CIDR: {}", text(&block["cidr"])));
        into.line(4, format_args!("Except: {}", joined_by(&block["except"], ", ")));
    }
}

fn selected(selector: &Value) -> String {
    or(&selector::of(selector).into(), "<none>")
}
