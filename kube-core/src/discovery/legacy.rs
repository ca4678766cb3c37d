//! Discovery in many answers, for servers without the aggregated form: each answer's JSON in, its part out.

use serde::Deserialize;

use crate::object::{ApiResource, Scope};

use super::model::{Kinds, KnownGroup, KnownKind, KnownSubresource};

/// A group and one of its versions, and the path that tells what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GroupVersion {
    pub(super) group: String,
    pub(super) version: String,
}

impl GroupVersion {
    /// Where its resources are listed.
    pub(super) fn path(&self) -> String {
        match self.group.as_str() {
            "" => format!("/api/{}", self.version),
            group => format!("/apis/{group}/{}", self.version),
        }
    }
}

#[derive(Deserialize)]
struct Versions {
    #[serde(default)]
    versions: Vec<String>,
}

#[derive(Deserialize)]
struct Groups {
    #[serde(default)]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    name: String,
    #[serde(default)]
    versions: Vec<Version>,
    #[serde(default)]
    preferred_version: Option<Version>,
}

#[derive(Deserialize)]
struct Version {
    version: String,
}

#[derive(Deserialize)]
struct Resources {
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    name: String,
    #[serde(default)]
    singular_name: String,
    #[serde(default)]
    namespaced: bool,
    #[serde(default)]
    group: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    verbs: Vec<String>,
    #[serde(default)]
    short_names: Vec<String>,
    #[serde(default)]
    categories: Vec<String>,
}

/// The core group, from `/api`.
pub(super) fn core(body: &[u8]) -> Option<Vec<KnownGroup>> {
    let Versions { versions } = serde_json::from_slice(body).ok()?;
    let preferred = versions.first().cloned();
    let core = |preferred| KnownGroup { name: String::new(), versions, preferred };
    Some(preferred.map(core).into_iter().collect())
}

/// All other groups, from `/apis`.
pub(super) fn groups(body: &[u8]) -> Option<Vec<KnownGroup>> {
    let Groups { groups } = serde_json::from_slice(body).ok()?;
    let known = |group: Group| {
        let versions: Vec<String> =
            group.versions.into_iter().map(|version| version.version).collect();
        let preferred = group.preferred_version.map(|version| version.version);
        let preferred = preferred.or_else(|| versions.first().cloned())?;
        Some(KnownGroup { name: group.name, versions, preferred })
    };
    Some(groups.into_iter().filter_map(known).collect())
}

/// Each version of these groups; the preferred one of each group comes first.
pub(super) fn group_versions(groups: &[KnownGroup]) -> Vec<GroupVersion> {
    let mut all = Vec::new();
    for group in groups {
        let mut versions = group.versions.clone();
        versions.sort_by_key(|version| *version != group.preferred);
        let of = |version| GroupVersion { group: group.name.clone(), version };
        all.extend(versions.into_iter().map(of));
    }
    all
}

/// The kinds of one version of a group.
pub(super) fn kinds(body: &[u8], of: &GroupVersion) -> Option<Kinds> {
    let resources: Resources = serde_json::from_slice(body).ok()?;
    let mut kinds = Kinds::default();
    let mut subresources = Vec::new();
    for resource in resources.resources {
        if let Some((parent, subresource)) = resource.name.split_once('/') {
            let parent = parent.to_owned();
            let name = subresource.to_owned();
            let Resource { group, version, kind, verbs, .. } = resource;
            let part = KnownSubresource { name, kind, verbs, ..KnownSubresource::default() };
            subresources.push((parent, part.of_list(group, version, &of.group, &of.version)));
            continue;
        }
        let scope = if resource.namespaced { Scope::Namespaced } else { Scope::Cluster };
        kinds.known.push(KnownKind {
            resource: ApiResource {
                group: of.group.clone().into(),
                version: of.version.clone().into(),
                kind: resource.kind.into(),
                plural: resource.name.into(),
                scope,
            },
            singular: resource.singular_name,
            short_names: resource.short_names,
            categories: resource.categories,
            verbs: resource.verbs,
            subresources: Vec::new(),
        });
    }
    for (parent, subresource) in subresources {
        if let Some(kind) = kinds.known.iter_mut().find(|kind| kind.resource.plural == parent) {
            kind.subresources.push(subresource);
        }
    }
    Some(kinds)
}
