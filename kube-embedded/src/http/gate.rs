//! Who asks and whether they may: a header or attributes in, a user or a refusal out.

use super::info::RequestInfo;
use crate::admission::current_rbac;
use crate::auth::{Rbac, Tokens, User};
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
