//! Who asks and whether they may: a header or attributes in, a user or a refusal out.

use super::info::RequestInfo;
use crate::admission::current_rbac;
use crate::auth::{Attributes, Rbac, Tokens, User};
use crate::cluster::Cluster;
use crate::status::{Failure, ResourceName};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use parking_lot::Mutex;
use std::sync::Arc;

/// The doors of one server.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) tokens: Tokens,
    /// The compiled roles, and the revisions of what they were compiled from.
    rbac: Mutex<Option<([u64; 4], Arc<Rbac>)>>,
}

const ROLES: [&str; 4] = ["roles", "clusterroles", "rolebindings", "clusterrolebindings"];

impl Gate {
    pub(crate) fn new(tokens: Tokens) -> Self {
        Self { tokens, rbac: Mutex::new(None) }
    }

    /// The user that the headers stand for.
    pub(crate) fn user(&self, cluster: &Cluster, headers: &HeaderMap) -> Result<User, Failure> {
        let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let live = live_objects(cluster);
        self.tokens
            .authenticate(header, cluster.clock.now(), &live)
            .map_err(|_| Failure::unauthorized())
    }

    /// The user that `user` asks to be, if it asks and may.
    pub(crate) fn impersonated(
        &self,
        cluster: &Cluster,
        user: User,
        headers: &HeaderMap,
    ) -> Result<User, Failure> {
        let all = |name: &str| -> Vec<String> {
            let values = headers.get_all(name).into_iter();
            values.filter_map(|value| value.to_str().ok()).map(str::to_owned).collect()
        };
        let (names, groups) = (all("impersonate-user"), all("impersonate-group"));
        let Some(name) = names.first() else {
            if groups.is_empty() {
                return Ok(user);
            }
            return Err(Failure::bad_request(format!(
                "requested &user.DefaultInfo{{Name:\"\", UID:\"\", Groups:[]string{{{}}}, \
                 Extra:map[string][]string(nil)}} without impersonating a user name",
                groups.iter().map(|group| format!("{group:?}")).collect::<Vec<_>>().join(", ")
            )));
        };
        let account =
            name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
        let (plural, namespace, own) = match account {
            Some((namespace, own)) => ("serviceaccounts", namespace, own),
            None => ("users", "", name.as_str()),
        };
        self.may_impersonate(cluster, &user, plural, namespace, own)?;
        for group in &groups {
            self.may_impersonate(cluster, &user, "groups", "", group)?;
        }
        if groups.is_empty()
            && let Some((namespace, own)) = account
        {
            return Ok(User::service_account(namespace, own, ""));
        }
        Ok(User::named(name, groups.iter().map(String::as_str)))
    }

    fn may_impersonate(
        &self,
        cluster: &Cluster,
        user: &User,
        plural: &str,
        namespace: &str,
        name: &str,
    ) -> Result<(), Failure> {
        let attributes =
            Attributes::resource("impersonate", "", plural).namespace(namespace).name(name);
        let decision = self.rbac(cluster).authorize(user, &attributes);
        if decision.allowed {
            return Ok(());
        }
        let why = attributes.refusal(user, &decision.reason);
        Err(Failure::forbidden(ResourceName { group: "", plural }, name, &why))
    }

    /// The roles as they are now.
    pub(crate) fn rbac(&self, cluster: &Cluster) -> Arc<Rbac> {
        let changed = ROLES.map(|plural| {
            let resource = format!("rbac.authorization.k8s.io/{plural}").into();
            cluster.store.changed(&resource)
        });
        let mut kept = self.rbac.lock();
        if let Some((revisions, rbac)) = &*kept
            && *revisions == changed
        {
            return Arc::clone(rbac);
        }
        let rbac = Arc::new(current_rbac(cluster));
        *kept = Some((changed, Arc::clone(&rbac)));
        rbac
    }

    /// Why the user may not, if so.
    pub(crate) fn check(
        &self,
        cluster: &Cluster,
        user: &User,
        info: &RequestInfo,
    ) -> Result<(), Failure> {
        if user.is_master() {
            return Ok(());
        }
        let attributes = info.attributes();
        let decision = self.rbac(cluster).authorize(user, &attributes);
        if decision.allowed {
            return Ok(());
        }
        let why = attributes.refusal(user, &decision.reason);
        if !info.resource_request {
            return Err(Failure::forbidden_path(&why));
        }
        let resource = ResourceName { group: &info.group, plural: &info.plural };
        Err(Failure::forbidden(resource, &info.name, &why))
    }
}

/// The uids of what tokens may be bound to.
pub(crate) fn live_objects(cluster: &Cluster) -> impl Fn(&str, &str, &str) -> Option<String> {
    move |plural, namespace, name| {
        let resource = format!("/{plural}").into();
        let stored = cluster.store.get(&resource, namespace, name)?;
        (!stored.facts.deleting).then(|| stored.facts.uid.to_string())
    }
}
