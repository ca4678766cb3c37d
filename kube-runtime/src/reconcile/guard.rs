//! Refuses what a controller did not declare, before the request leaves: declared permissions in, a guard of its client out.

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
        Self { who: who.into(), permissions, namespaces, fence }
    }
}

#[derive(Debug, thiserror::Error)]
#[error(
    "{who} keeps to {namespaces}, and this is about {asked}: add that to `.namespaces(..)` of the operator or to `--namespaces`"
)]
struct Elsewhere {
    who: Arc<str>,
    namespaces: String,
    asked: String,
}

#[derive(Debug, thiserror::Error)]
#[error("{who} did not declare that it may {verb} {what}: add `{remedy}` to its attribute")]
struct Undeclared {
    who: Arc<str>,
    verb: Verb,
    what: String,
    remedy: String,
}

impl RequestGuard for Declared {
    fn check(&self, verb: Verb, resource: &ApiResource, subresource: Option<&str>) -> Result<()> {
        if self.permissions.allows(verb, resource, subresource) {
            return match &self.fence {
                Some(fence) => fence.check(verb, resource, subresource),
                None => Ok(()),
            };
        }
        let what = match subresource {
            Some(subresource) => format!("{resource}/{subresource}"),
            None => resource.to_string(),
        };
        let kind = &resource.kind;
        // A kind that is applied without any declaration is meant to be owned.
        let remedy = if verb == Verb::Patch && !self.permissions.knows(resource) {
            format!("owns({kind})")
        } else {
            format!("permissions({kind}: {verb})")
        };
        let who = Arc::clone(&self.who);
        let error = Undeclared { who, verb, what, remedy };
        Err(Error::new(ErrorKind::Input, error))
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
        assert!(said(Verb::List, &Secret::RESOURCE).contains("`permissions(Secret: list)`"));
        assert!(
            said(Verb::Delete, &Deployment::RESOURCE).contains("`permissions(Deployment: delete)`")
        );
    }
}
