//! The kinds that a server says it serves, in its order, and what it could not say.

use std::collections::HashSet;

use crate::object::ApiResource;

/// One kind in one version.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownKind {
    /// Group, version, kind, plural and scope.
    pub resource: ApiResource,
    /// The name of one object, as `deployment`; may be empty.
    pub singular: String,
    /// As `deploy`.
    pub short_names: Vec<String>,
    /// As `all`.
    pub categories: Vec<String>,
    /// As `get`, `list`, `watch`.
    pub verbs: Vec<String>,
    /// As `status`, `scale`.
    pub subresources: Vec<KnownSubresource>,
}

/// A part of a kind's objects that has a path of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownSubresource {
    /// As `scale`.
    pub name: String,
    /// The group of what is read and written there, as `autoscaling`.
    pub group: String,
    /// Its version.
    pub version: String,
    /// Its kind, as `Scale`.
    pub kind: String,
    /// As `get`, `update`.
    pub verbs: Vec<String>,
}

impl KnownSubresource {
    /// With this group and version; where they are left out, with those of the list that it stands in.
    pub(super) fn of_list(
        mut self,
        group: String,
        version: String,
        own: &str,
        own_version: &str,
    ) -> Self {
        let or = |text: String, own: &str| if text.is_empty() { own.to_owned() } else { text };
        self.group = or(group, own);
        self.version = or(version, own_version);
        self
    }
}

/// One API group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownGroup {
    /// As `apps`; empty for the core group.
    pub name: String,
    /// In the server's order.
    pub versions: Vec<String>,
    /// The one to use where nothing is said.
    pub preferred: String,
}

impl KnownKind {
    /// Whether the server does this to objects of the kind.
    #[must_use]
    pub fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known == verb)
    }

    /// Whether its objects have a part of this name, as `scale`.
    #[must_use]
    pub fn has(&self, subresource: &str) -> bool {
        self.subresources.iter().any(|known| known.name == subresource)
    }
}

/// A group, or one version of it, of which the server could not say what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unknown {
    /// As `metrics.k8s.io/v1beta1`.
    pub group_version: String,
    /// In one line.
    pub reason: String,
}

/// Everything that discovery found out at one time.
///
/// A group that could not be asked does not take the others away: it stands in [`unknown`](Self::unknown).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kinds {
    /// The groups, in the server's order.
    pub groups: Vec<KnownGroup>,
    /// In the server's order: a group's preferred version comes before its others.
    pub known: Vec<KnownKind>,
    /// What is missing.
    pub unknown: Vec<Unknown>,
}

impl Kinds {
    /// The kind with this group, version and kind.
    #[must_use]
    pub fn find(&self, group: &str, version: &str, kind: &str) -> Option<&KnownKind> {
        self.known.iter().find(|known| {
            let resource = &known.resource;
            resource.group == group && resource.version == version && resource.kind == kind
        })
    }

    /// Each kind once, in its group's preferred version; in another one where only that has it.
    pub fn preferred(&self) -> impl Iterator<Item = &KnownKind> {
        let mut seen = HashSet::new();
        self.known
            .iter()
            .filter(move |kind| seen.insert((&kind.resource.group, &kind.resource.plural)))
    }

    /// The kinds of a category, as `all`, each once.
    pub fn category(&self, category: &str) -> impl Iterator<Item = &KnownKind> {
        self.preferred().filter(move |kind| kind.categories.iter().any(|known| known == category))
    }

    /// The kinds with all of these verbs, in every version.
    pub fn with_verbs(&self, verbs: &[&str]) -> impl Iterator<Item = &KnownKind> {
        self.known.iter().filter(move |kind| verbs.iter().all(|verb| kind.can(verb)))
    }

    /// Whether the server has this version of the group, as `apps/v1`, whatever is in it.
    #[must_use]
    pub fn serves(&self, group_version: &str) -> bool {
        let (group, version) = group_version.rsplit_once('/').unwrap_or(("", group_version));
        let found = self.groups.iter().find(|known| known.name == group);
        found.is_some_and(|group| group.versions.iter().any(|known| known == version))
    }

    /// Whether the server has this kind in this version under this plural.
    #[must_use]
    pub fn has(&self, resource: &ApiResource) -> bool {
        self.known.iter().any(|known| {
            let known = &known.resource;
            known.group == resource.group
                && known.version == resource.version
                && known.plural == resource.plural
        })
    }

    /// Adds what another answer says.
    pub(super) fn extend(&mut self, other: Self) {
        self.groups.extend(other.groups);
        self.known.extend(other.known);
        self.unknown.extend(other.unknown);
    }
}
