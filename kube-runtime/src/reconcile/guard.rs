//! Refuses what a controller did not declare, before the request leaves: declared permissions in, a guard of its client out.

use std::fmt;
use std::sync::Arc;

use kube_core::ApiResource;
use kube_core::Error;
use kube_core::ErrorKind;
use kube_core::Request;
use kube_core::Result;
use kube_core::client::RequestGuard;
use kube_core::request::Verb;

use super::permissions::Permissions;

/// Lets through what its controller's generated role allows, so that a missing declaration shows in the first test and not in production.
pub(crate) struct Declared {
    /// As ``controller `shop` ``.
    who: Arc<str>,
    permissions: Permissions,
    /// The only namespaces that it may deal with, if there are such.
    namespaces: Option<Arc<[String]>>,
    /// Whether these are not those of its operator.
    of_its_own: bool,
    /// Asked as well: a client has one guard.
    fence: Option<Arc<dyn RequestGuard>>,
}

impl Declared {
    pub(crate) fn new(
        who: impl Into<Arc<str>>,
        permissions: Permissions,
        namespaces: Option<Arc<[String]>>,
        fence: Option<Arc<dyn RequestGuard>>,
    ) -> Self {
        Self { who: who.into(), permissions, namespaces, of_its_own: false, fence }
    }

    /// It keeps to these, whatever its operator keeps to, if there are such.
    pub(crate) fn keeping_to(mut self, namespaces: Option<Arc<[String]>>) -> Self {
        if namespaces.is_some() {
            (self.namespaces, self.of_its_own) = (namespaces, true);
        }
        self
    }

    /// Refuses a kind of which the controller may not make objects that belong to another.
    pub(crate) fn owns(&self, resource: &ApiResource) -> Result<()> {
        let may = |verb| self.permissions.allows(verb, resource, None);
        if may(Verb::Patch) && may(Verb::Create) {
            return Ok(());
        }
        let remedy = format!("owns({})", resource.kind);
        Err(self.undeclared(Verb::Patch, resource, None, remedy))
    }

    fn undeclared(
        &self,
        verb: Verb,
        resource: &ApiResource,
        subresource: Option<&str>,
        remedy: String,
    ) -> Error {
        let what = match subresource {
            Some(subresource) => format!("{resource}/{subresource}"),
            None => resource.to_string(),
        };
        let who = Arc::clone(&self.who);
        Error::new(ErrorKind::Input, Undeclared { who, verb, what, remedy })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{who} keeps to {namespaces}, and this is about {asked}: add that to {remedy}")]
struct Elsewhere {
    who: Arc<str>,
    namespaces: String,
    asked: String,
    remedy: &'static str,
}

#[derive(Debug, thiserror::Error)]
#[error("{who} did not declare that it may {verb} {what}: add `{remedy}` to its attribute")]
struct Undeclared {
    who: Arc<str>,
    verb: Verb,
    what: String,
    remedy: String,
}

impl fmt::Debug for Declared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Declared").field("who", &self.who).finish_non_exhaustive()
    }
}

impl RequestGuard for Declared {
    fn check(&self, verb: Verb, resource: &ApiResource, subresource: Option<&str>) -> Result<()> {
        if self.permissions.allows(verb, resource, subresource) {
            return match &self.fence {
                Some(fence) => fence.check(verb, resource, subresource),
                None => Ok(()),
            };
        }
        let kind = &resource.kind;
        let remedy = match subresource {
            Some(subresource) => format!("permissions({kind}/{subresource}: {verb})"),
            // A kind that is applied without any declaration is meant to be owned.
            None if verb == Verb::Patch && !self.permissions.knows(resource) => {
                format!("owns({kind})")
            }
            None => format!("permissions({kind}: {verb})"),
        };
        Err(self.undeclared(verb, resource, subresource, remedy))
    }

    fn reaches(&self, resource: &ApiResource, namespace: Option<&str>) -> Result<()> {
        let Some(namespaces) = self.namespaces.as_ref().filter(|_| resource.is_namespaced()) else {
            return Ok(());
        };
        if namespace.is_some_and(|asked| namespaces.iter().any(|present| present == asked)) {
            return Ok(());
        }
        let quoted: Vec<String> = namespaces.iter().map(|name| format!("`{name}`")).collect();
        let error = Elsewhere {
            who: Arc::clone(&self.who),
            namespaces: format!("namespace {}", quoted.join(", ")),
            asked: namespace.map_or("all namespaces".to_owned(), |name| format!("`{name}`")),
            remedy: match self.of_its_own {
                true => "`namespaces = [..]` of its attribute",
                false => "`.namespaces(..)` of the operator or to `--namespaces`",
            },
        };
        Err(Error::new(ErrorKind::Input, error))
    }

    fn leaves(&self, request: &Request) -> Result<()> {
        self.fence.as_ref().map_or(Ok(()), |fence| fence.leaves(request))
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::Deployment;
    use k8s_openapi::api::core::v1::Secret;
    use kube_core::Resource;

    use super::*;

    #[test]
    fn who_keeps_to_namespaces_is_told_where_to_add_another() {
        let mut permissions = Permissions::default();
        permissions.allow(&Secret::RESOURCE, None, &[Verb::Get]);
        let names = |name: &str| Some([name.to_owned()].into());
        let of_the_operator = Declared::new("controller `shop`", permissions, names("a"), None);
        let said = |guard: &Declared, place| {
            guard.reaches(&Secret::RESOURCE, Some(place)).unwrap_err().to_string()
        };
        assert!(said(&of_the_operator, "b").ends_with("`--namespaces`"));
        let all = of_the_operator.reaches(&Secret::RESOURCE, None).unwrap_err().to_string();
        assert!(all.contains("this is about all namespaces"), "{all}");
        let of_its_own = of_the_operator.keeping_to(names("b"));
        of_its_own.reaches(&Secret::RESOURCE, Some("b")).unwrap();
        assert_eq!(
            said(&of_its_own, "a"),
            "controller `shop` keeps to namespace `b`, and this is about `a`: add that to `namespaces = [..]` of its attribute"
        );
    }

    #[test]
    fn what_was_not_declared_is_refused_with_the_line_to_add() {
        let mut permissions = Permissions::default();
        permissions.allow(&Deployment::RESOURCE, None, &[Verb::Get]);
        let guard = Declared::new("controller `shop`", permissions, None, None);
        guard.check(Verb::Get, &Deployment::RESOURCE, None).unwrap();
        let said = |verb, resource: &ApiResource| {
            guard.check(verb, resource, None).unwrap_err().to_string()
        };
        assert_eq!(
            said(Verb::Patch, &Secret::RESOURCE),
            "controller `shop` did not declare that it may patch secrets: add `owns(Secret)` to its attribute"
        );
        let scale = guard.check(Verb::Patch, &Deployment::RESOURCE, Some("scale")).unwrap_err();
        assert!(scale.to_string().contains("`permissions(Deployment/scale: patch)`"), "{scale}");
        assert!(said(Verb::List, &Secret::RESOURCE).contains("`permissions(Secret: list)`"));
        assert!(
            said(Verb::Delete, &Deployment::RESOURCE).contains("`permissions(Deployment: delete)`")
        );
    }
}
