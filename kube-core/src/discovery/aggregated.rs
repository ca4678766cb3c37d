//! Discovery in one answer (`apidiscovery.k8s.io/v2`): its JSON in, [`Kinds`] out.

use serde::Deserialize;

use crate::object::{ApiResource, Scope};

use super::model::{Kinds, KnownGroup, KnownKind, KnownSubresource, Unknown};

/// What is asked for: the aggregated form, else whatever the server has.
pub(super) const ACCEPT: &str =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

#[derive(Deserialize)]
struct Document {
    kind: String,
    #[serde(default)]
    items: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Version {
    version: String,
    #[serde(default)]
    resources: Vec<Resource>,
    #[serde(default)]
    freshness: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    resource: String,
    #[serde(default)]
    response_kind: Option<ResponseKind>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    singular_resource: String,
    #[serde(default)]
    verbs: Vec<String>,
    #[serde(default)]
    short_names: Vec<String>,
    #[serde(default)]
    categories: Vec<String>,
    #[serde(default)]
    subresources: Vec<Subresource>,
}

#[derive(Default, Deserialize)]
struct ResponseKind {
    #[serde(default)]
    group: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subresource {
    subresource: String,
    #[serde(default)]
    response_kind: Option<ResponseKind>,
    #[serde(default)]
    verbs: Vec<String>,
}

/// Reads an answer; none if it is not the aggregated form, as of servers before 1.26.
pub(super) fn parse(body: &[u8]) -> Option<Kinds> {
    let document: Document = serde_json::from_slice(body).ok()?;
    if document.kind != "APIGroupDiscoveryList" {
        return None;
    }
    let mut kinds = Kinds::default();
    for group in document.items {
        let name = &group.metadata.name;
        let versions: Vec<_> =
            group.versions.iter().map(|version| version.version.clone()).collect();
        // Fresh versions first: the first of a group is the preferred one.
        let (fresh, stale): (Vec<_>, Vec<_>) =
            group.versions.into_iter().partition(|version| version.freshness != "Stale");
        for version in &stale {
            kinds.unknown.push(Unknown {
                group_version: group_version(name, &version.version),
                reason: "its server does not answer; this is what it last said".to_owned(),
            });
        }
        let first = fresh.first().or(stale.first());
        if let Some(preferred) = first.map(|version| version.version.clone()) {
            kinds.groups.push(KnownGroup { name: name.clone(), versions, preferred });
        }
        for version in fresh.into_iter().chain(stale) {
            let known = |resource| known(name, &version.version, resource);
            kinds.known.extend(version.resources.into_iter().filter_map(known));
        }
    }
    Some(kinds)
}

fn known(group: &str, version: &str, resource: Resource) -> Option<KnownKind> {
    // A resource that exists only for its subresources has no kind.
    let kind = resource.response_kind?.kind;
    if kind.is_empty() {
        return None;
    }
    let scope = if resource.scope == "Cluster" { Scope::Cluster } else { Scope::Namespaced };
    Some(KnownKind {
        resource: ApiResource {
            group: group.to_owned().into(),
            version: version.to_owned().into(),
            kind: kind.into(),
            plural: resource.resource.into(),
            scope,
        },
        singular: resource.singular_resource,
        short_names: resource.short_names,
        categories: resource.categories,
        verbs: resource.verbs,
        subresources: resource
            .subresources
            .into_iter()
            .map(|subresource| subresource.known(group, version))
            .collect(),
    })
}

impl Subresource {
    fn known(self, group: &str, version: &str) -> KnownSubresource {
        let known = self.response_kind.unwrap_or_default();
        KnownSubresource {
            name: self.subresource,
            kind: known.kind,
            verbs: self.verbs,
            ..KnownSubresource::default()
        }
        .of_list(known.group, known.version, group, version)
    }
}

/// As `v1`, `apps/v1`.
pub(super) fn group_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}
