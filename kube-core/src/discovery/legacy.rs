//! Discovery in many answers, for servers without the aggregated form: each answer's JSON in, its part out.

use serde::Deserialize;

use crate::object::{ApiResource, Scope};

use super::model::{Kinds, KnownKind};

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
    kind: String,
    #[serde(default)]
    verbs: Vec<String>,
    #[serde(default)]
    short_names: Vec<String>,
    #[serde(default)]
    categories: Vec<String>,
}

/// The versions of the core group, from `/api`.
pub(super) fn core_versions(body: &[u8]) -> Option<Vec<GroupVersion>> {
    let versions: Versions = serde_json::from_slice(body).ok()?;
    let of = |version| GroupVersion { group: String::new(), version };
    Some(versions.versions.into_iter().map(of).collect())
}

/// The versions of all other groups, from `/apis`; the preferred one of each comes first.
pub(super) fn group_versions(body: &[u8]) -> Option<Vec<GroupVersion>> {
    let groups: Groups = serde_json::from_slice(body).ok()?;
    let mut all = Vec::new();
    for group in groups.groups {
        let preferred = group.preferred_version.map(|version| version.version);
        let mut versions: Vec<_> =
            group.versions.into_iter().map(|version| version.version).collect();
        versions.sort_by_key(|version| Some(version) != preferred.as_ref());
        let of = |version| GroupVersion { group: group.name.clone(), version };
        all.extend(versions.into_iter().map(of));
    }
    Some(all)
}

/// The kinds of one version of a group.
pub(super) fn kinds(body: &[u8], of: &GroupVersion) -> Option<Kinds> {
    let resources: Resources = serde_json::from_slice(body).ok()?;
    let mut kinds = Kinds::default();
    let mut subresources = Vec::new();
    for resource in resources.resources {
        if let Some((parent, subresource)) = resource.name.split_once('/') {
            subresources.push((parent.to_owned(), subresource.to_owned()));
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
