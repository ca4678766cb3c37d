//! What kubectl keeps of discovery: [`Kinds`] in, the JSON of its files out.
//!
//! Mirrors: client-go discovery/cached/disk (the files' content: `metav1.APIGroupList`, `metav1.APIResourceList`)

use serde_json::Value;
use serde_json::json;

use super::super::aggregated::group_version;
use super::super::model::{Kinds, KnownGroup, KnownKind, KnownSubresource};

/// The content of `servergroups.json`.
pub(super) fn groups(kinds: &Kinds) -> Value {
    let group = |group: &KnownGroup| {
        let version = |version: &String| json!({ "groupVersion": group_version(&group.name, version), "version": version });
        json!({
            "name": group.name,
            "versions": group.versions.iter().map(version).collect::<Vec<_>>(),
            "preferredVersion": version(&group.preferred),
        })
    };
    let groups: Vec<Value> = kinds.groups.iter().map(group).collect();
    json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups })
}

/// The content of one version's `serverresources.json`; none if nothing is known of it.
pub(super) fn resources(kinds: &Kinds, group: &str, version: &str) -> Option<Value> {
    let named = group_version(group, version);
    // What a stale version last had may be wrong, and would stay so for hours.
    if kinds.unknown.iter().any(|unknown| unknown.group_version == named) {
        return None;
    }
    let of = |kind: &&KnownKind| kind.resource.group == group && kind.resource.version == version;
    let resources: Vec<Value> = kinds.known.iter().filter(of).flat_map(resource).collect();
    let list = json!({ "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": named, "resources": resources });
    (!resources.is_empty()).then_some(list)
}

fn resource(kind: &KnownKind) -> Vec<Value> {
    let resource = &kind.resource;
    let mut own = json!({
        "name": resource.plural, "singularName": kind.singular, "namespaced": resource.is_namespaced(),
        "kind": resource.kind, "verbs": kind.verbs,
    });
    let lists = [("shortNames", &kind.short_names), ("categories", &kind.categories)];
    for (member, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        own[member] = json!(list);
    }
    let part = |part: &KnownSubresource| {
        let mut value = json!({
            "name": format!("{}/{}", resource.plural, part.name), "singularName": kind.singular,
            "namespaced": resource.is_namespaced(), "kind": part.kind, "verbs": part.verbs,
        });
        // What is left out is the list's own.
        if part.group != resource.group || part.version != resource.version {
            value["group"] = json!(part.group);
            value["version"] = json!(part.version);
        }
        value
    };
    std::iter::once(own).chain(kind.subresources.iter().map(part)).collect()
}
