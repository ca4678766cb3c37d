//! What the server says it serves: the kinds in; the documents of both forms of discovery out.

use crate::cluster::Cluster;
use crate::kind::{Connect, Kind, Sub};
use serde_json::{Value, json};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// The built-in groups in the order in which they are told; those of definitions follow.
const GROUPS: [&str; 12] = [
    "",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "batch",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "coordination.k8s.io",
];

/// One group: its versions, the preferred one first, with their kinds.
struct Group {
    name: String,
    versions: Vec<(String, Vec<Arc<Kind>>)>,
}

fn served(cluster: &Cluster) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for kind in cluster.kinds.all() {
        let at = groups.iter().position(|group| group.name == kind.group).unwrap_or_else(|| {
            groups.push(Group { name: kind.group.clone(), versions: Vec::new() });
            groups.len() - 1
        });
        let versions = &mut groups[at].versions;
        match versions.iter_mut().find(|(version, _)| *version == kind.version) {
            Some((_, kinds)) => kinds.push(kind),
            None => versions.push((kind.version.clone(), vec![kind])),
        }
    }
    for group in &mut groups {
        for (_, kinds) in &mut group.versions {
            kinds.sort_by(|a, b| a.plural.cmp(&b.plural));
        }
    }
    let place = |name: &str| GROUPS.iter().position(|own| *own == name).unwrap_or(GROUPS.len());
    groups.sort_by_key(|group| (place(&group.name), group.name.clone()));
    groups
}

/// Whether a group is one that is there without a definition.
pub(crate) fn is_built_in(cluster: &Cluster, group: &str) -> bool {
    cluster.kinds.all().iter().any(|kind| kind.group == group && !kind.custom)
}

/// `/api`
pub(crate) fn versions() -> Value {
    let address = json!({"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1"});
    json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [address]})
}

fn group_value(group: &Group) -> Value {
    let version = |version: &str| json!({"groupVersion": format!("{}/{version}", group.name), "version": version});
    let versions: Vec<Value> = group.versions.iter().map(|(name, _)| version(name)).collect();
    json!({"name": group.name, "preferredVersion": versions[0], "versions": versions})
}

/// `/apis`
pub(crate) fn groups(cluster: &Cluster) -> Value {
    let served = served(cluster);
    let groups = served.iter().filter(|group| !group.name.is_empty()).map(group_value);
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups.collect::<Value>()})
}

/// `/apis/GROUP`
pub(crate) fn group(cluster: &Cluster, name: &str) -> Option<Value> {
    let group = served(cluster).into_iter().find(|group| group.name == name)?;
    let mut value = group_value(&group);
    value["kind"] = "APIGroup".into();
    value["apiVersion"] = "v1".into();
    Some(value)
}

/// `/apis/GROUP/VERSION` and `/api/v1`
pub(crate) fn resources(cluster: &Cluster, group: &str, version: &str) -> Option<Value> {
    let group = served(cluster).into_iter().find(|own| own.name == group)?;
    let (_, kinds) = group.versions.iter().find(|(own, _)| own == version)?;
    let mut list = Vec::new();
    for kind in kinds {
        list.push(resource(kind));
        for sub in subs(kind) {
            let mut value = json!({
                "name": format!("{}/{}", kind.plural, sub.name()), "singularName": "",
                "namespaced": kind.namespaced, "kind": kind.kind, "verbs": sub_verbs(sub),
            });
            if let Some((group, version, kind)) = sub_kind(kind, sub) {
                // A part of the parent's own version says so by saying nothing.
                if !group.is_empty() {
                    value["group"] = group.into();
                    value["version"] = version.into();
                }
                value["kind"] = kind.into();
            }
            list.push(value);
        }
    }
    let group_version = kinds.first().map(|kind| kind.api_version()).unwrap_or_default();
    let mut value = json!({"kind": "APIResourceList", "groupVersion": group_version,
        "resources": list});
    if !group.name.is_empty() {
        value["apiVersion"] = "v1".into();
    }
    Some(value)
}

fn resource(kind: &Kind) -> Value {
    let mut value = json!({
        "name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced,
        "kind": kind.kind, "verbs": kind.verbs(),
    });
    if !kind.short_names.is_empty() {
        value["shortNames"] = json!(kind.short_names);
    }
    if !kind.categories.is_empty() {
        value["categories"] = json!(kind.categories);
    }
    if !kind.review {
        let hash = fingerprint(&format!("{}/{}/{}", kind.group, kind.version, kind.kind));
        value["storageVersionHash"] = hash[..12].into();
    }
    value
}

/// Sorted by name for built-in kinds; status before scale for custom ones.
fn subs(kind: &Kind) -> Vec<&Sub> {
    let mut subs: Vec<&Sub> = kind.subresources.iter().collect();
    if !kind.custom {
        subs.sort_by_key(|sub| sub.name());
    }
    subs
}

fn sub_verbs(sub: &Sub) -> &'static [&'static str] {
    match sub {
        Sub::Status
        | Sub::Approval
        | Sub::Scale { .. }
        | Sub::EphemeralContainers
        | Sub::Resize => &["get", "patch", "update"],
        Sub::Finalize => &["update"],
        Sub::Token | Sub::Binding | Sub::Eviction => &["create"],
        Sub::Connect(Connect::Log) => &["get"],
        Sub::Connect(Connect::Proxy) => &["create", "delete", "get", "patch", "update"],
        Sub::Connect(_) => &["create", "get"],
    }
}

/// The kind of a subresource where it is not that of its parent.
pub(crate) fn sub_kind(
    kind: &Kind,
    sub: &Sub,
) -> Option<(&'static str, &'static str, &'static str)> {
    match sub {
        Sub::Connect(Connect::Proxy) if kind.kind == "Service" => {
            Some(("", "", "ServiceProxyOptions"))
        }
        Sub::Connect(Connect::Proxy) => Some(("", "", "PodProxyOptions")),
        Sub::Scale { .. } => Some(("autoscaling", "v1", "Scale")),
        Sub::Token => Some(("authentication.k8s.io", "v1", "TokenRequest")),
        Sub::Connect(Connect::Attach) => Some(("", "", "PodAttachOptions")),
        Sub::Connect(Connect::Exec) => Some(("", "", "PodExecOptions")),
        Sub::Connect(Connect::PortForward) => Some(("", "", "PodPortForwardOptions")),
        Sub::Binding => Some(("", "", "Binding")),
        Sub::Eviction => Some(("policy", "v1", "Eviction")),
        Sub::Status
        | Sub::Finalize
        | Sub::Approval
        | Sub::EphemeralContainers
        | Sub::Resize
        | Sub::Connect(Connect::Log) => None,
    }
}

/// The aggregated form: the core group, or all others.
pub(crate) fn aggregated(cluster: &Cluster, core: bool) -> Value {
    let groups = served(cluster);
    let items = groups.iter().filter(|group| group.name.is_empty() == core).map(|group| {
        let versions = group.versions.iter().map(|(version, kinds)| {
            let resources: Vec<Value> = kinds.iter().map(|kind| aggregated_kind(kind)).collect();
            json!({"version": version, "freshness": "Current", "resources": resources})
        });
        let metadata = if core { json!({}) } else { json!({"name": group.name}) };
        json!({"metadata": metadata, "versions": versions.collect::<Value>()})
    });
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {},
        "items": items.collect::<Value>()})
}

fn aggregated_kind(kind: &Kind) -> Value {
    // Built-in kinds leave group and version to be those of the parent.
    let own = if kind.custom { (kind.group.as_str(), kind.version.as_str()) } else { ("", "") };
    let scope = if kind.namespaced { "Namespaced" } else { "Cluster" };
    let response = json!({"group": own.0, "version": own.1, "kind": kind.kind});
    let mut value = json!({"resource": kind.plural, "responseKind": response, "scope": scope,
        "singularResource": kind.singular, "verbs": kind.verbs()});
    if !kind.short_names.is_empty() {
        value["shortNames"] = json!(kind.short_names);
    }
    if !kind.categories.is_empty() {
        value["categories"] = json!(kind.categories);
    }
    let subs: Vec<Value> = subs(kind)
        .into_iter()
        .map(|sub| {
            let (group, version, name) =
                sub_kind(kind, sub).unwrap_or((own.0, own.1, kind.kind.as_str()));
            let response = json!({"group": group, "version": version, "kind": name});
            json!({"subresource": sub.name(), "responseKind": response, "verbs": sub_verbs(sub)})
        })
        .collect();
    if !subs.is_empty() {
        value["subresources"] = subs.into();
    }
    value
}

/// A text's fingerprint, as long as the one of the API server.
pub(crate) fn fingerprint(text: &str) -> String {
    let mut out = String::new();
    for salt in 0..8_u8 {
        let mut hasher = DefaultHasher::new();
        (salt, text).hash(&mut hasher);
        out.push_str(&format!("{:016X}", hasher.finish()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::kind::{Kinds, builtin_kinds};
    use crate::store::{Keep, Store};

    #[tokio::test]
    async fn both_forms_tell_of_the_same_kinds() {
        let kinds = Kinds::new(builtin_kinds());
        let cluster = Cluster::new(Store::new(1, Keep::default()), kinds, Clock::system(), 1);
        let list = resources(&cluster, "apps", "v1").unwrap();
        let names: Vec<&str> = list["resources"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|own| own["name"].as_str())
            .collect();
        assert!(names.contains(&"deployments/scale"), "{names:?}");
        let aggregated = aggregated(&cluster, false);
        let apps = &aggregated["items"][0];
        assert_eq!(apps["metadata"]["name"], "apps");
        let resources_of_apps = apps["versions"][0]["resources"].as_array().unwrap();
        let of_deployments = |own: &&Value| own["resource"] == "deployments";
        let deployments = resources_of_apps.iter().find(of_deployments).unwrap();
        assert_eq!(deployments["subresources"][0]["responseKind"]["kind"], "Scale");
        assert_eq!(groups(&cluster)["groups"][0]["name"], "apps");
        assert_eq!(resources(&cluster, "apps", "v2"), None);
    }
}
