//! Where a kind lives: group, version, kind, plural and scope in, a request's path out.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::AsciiSet;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::utf8_percent_encode;

use super::Name;
use super::Namespace;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;

/// Whether the objects of a kind live in namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "Kubernetes has these two")]
pub enum Scope {
    /// One set of names for the whole cluster.
    Cluster,
    /// One set of names in each namespace.
    Namespaced,
}

/// One kind in one version, and where the server keeps it.
///
/// ```
/// # use kube_core::{ApiResource, Scope};
/// # fn main() -> kube_core::Result<()> {
/// const DEPLOYMENTS: ApiResource = ApiResource::of("apps", "v1", "Deployment", "deployments", Scope::Namespaced);
/// assert_eq!(DEPLOYMENTS.api_version(), "apps/v1");
/// assert_eq!(DEPLOYMENTS.to_string(), "deployments.apps");
/// let path = DEPLOYMENTS.path(Some(&"prod".try_into()?), Some(&"web".try_into()?), Some("status"))?;
/// assert_eq!(path, "/apis/apps/v1/namespaces/prod/deployments/web/status");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a constant of it is built in every derive")]
pub struct ApiResource {
    /// The API group; empty for the core group.
    pub group: Cow<'static, str>,
    /// The version, as `v1`.
    pub version: Cow<'static, str>,
    /// The kind, as `Pod`.
    pub kind: Cow<'static, str>,
    /// The name in paths, as `pods`.
    pub plural: Cow<'static, str>,
    /// Whether its objects live in namespaces.
    pub scope: Scope,
}

/// What stays as it is in a path segment and in a query: RFC 3986's unreserved characters, and `:`, which RBAC names have.
pub(crate) const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':');

impl ApiResource {
    /// A kind known at compile time.
    #[must_use]
    pub const fn of(
        group: &'static str,
        version: &'static str,
        kind: &'static str,
        plural: &'static str,
        scope: Scope,
    ) -> Self {
        Self {
            group: Cow::Borrowed(group),
            version: Cow::Borrowed(version),
            kind: Cow::Borrowed(kind),
            plural: Cow::Borrowed(plural),
            scope,
        }
    }

    /// What an object's `apiVersion` says: `v1`, `apps/v1`.
    #[must_use]
    pub fn api_version(&self) -> String {
        match self.group.as_ref() {
            "" => self.version.to_string(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// Whether an object with this `apiVersion` and `kind` is of the same kind, in whatever version.
    #[must_use]
    pub fn is_kind(&self, api_version: &str, kind: &str) -> bool {
        self.kind == kind && self.group == group_of(api_version)
    }

    /// Whether its objects live in namespaces.
    #[must_use]
    pub fn is_namespaced(&self) -> bool {
        self.scope == Scope::Namespaced
    }

    /// The path of one object, of the objects of a namespace, or of all objects; and of what is below.
    ///
    /// Every part is exactly one segment of the path (a subresource with `/` in it is several), whatever is in it.
    ///
    /// # Errors
    ///
    /// A namespace on a kind without namespaces; a name without a namespace on a kind that has them; a part that
    /// would change the path (empty, `.`, `..`).
    pub fn path(
        &self,
        namespace: Option<&Namespace>,
        name: Option<&Name>,
        subresource: Option<&str>,
    ) -> Result<String> {
        let mut path = String::with_capacity(96);
        match self.group.as_ref() {
            "" => path.push_str("/api"),
            group => {
                path.push_str("/apis");
                push_segment(&mut path, group, "group")?;
            }
        }
        push_segment(&mut path, &self.version, "version")?;
        match (self.scope, namespace, name) {
            (Scope::Cluster, Some(namespace), _) => {
                return Err(input(format!(
                    "{self} have no namespace, so none of them is in `{namespace}`: ask for them cluster-wide"
                )));
            }
            (Scope::Namespaced, None, Some(name)) => {
                return Err(input(format!(
                    "{self} `{name}` needs a namespace: say which one it is in"
                )));
            }
            (_, Some(namespace), _) => {
                path.push_str("/namespaces");
                push_segment(&mut path, namespace.as_str(), "namespace")?;
            }
            (_, None, _) => {}
        }
        push_segment(&mut path, &self.plural, "plural")?;
        if let Some(name) = name {
            push_segment(&mut path, name.as_str(), "name")?;
        }
        for part in subresource.into_iter().flat_map(|subresource| subresource.split('/')) {
            push_segment(&mut path, part, "subresource")?;
        }
        Ok(path)
    }
}

/// The group of an `apiVersion`: `apps` of `apps/v1`, nothing of `v1`.
pub(crate) fn group_of(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

fn push_segment(path: &mut String, part: &str, what: &str) -> Result<()> {
    // Encoding does not help here: clients and proxies resolve `%2e%2e` as well.
    if matches!(part, "" | "." | "..") {
        return Err(input(format!("`{part}` cannot be a {what}: it would change the path")));
    }
    path.push('/');
    path.extend(utf8_percent_encode(part, ENCODED));
    Ok(())
}

fn input(message: String) -> Error {
    Error::new(ErrorKind::Input, message)
}

/// As the server calls it in messages: `pods`, `deployments.apps`.
impl fmt::Display for ApiResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.plural)?;
        match self.group.as_ref() {
            "" => Ok(()),
            group => write!(f, ".{group}"),
        }
    }
}
