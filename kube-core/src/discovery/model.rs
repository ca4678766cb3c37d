//! The kinds that a server says it serves, in its order, and what it could not say.

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
    pub subresources: Vec<String>,
}

impl KnownKind {
    /// Whether the server does this to objects of the kind.
    #[must_use]
    pub fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known == verb)
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

    /// Adds what another answer says.
    pub(super) fn extend(&mut self, other: Self) {
        self.known.extend(other.known);
        self.unknown.extend(other.unknown);
    }
}
