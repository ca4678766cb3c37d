//! How a reconcile changes the cluster: an object and what is wanted in, requests out; nothing is written that is there already.

pub(crate) mod apply;
pub mod conditions;
mod error;
pub mod event;
pub(crate) mod finalizer;
pub(crate) mod mark;
mod owner;
pub(crate) mod readiness;
pub(crate) mod status;
#[cfg(test)]
mod tests;

pub(crate) use error::WriteError;

use kube_core::Api;
use kube_core::Client;
use kube_core::Resource;
use kube_core::ResourceExt;

/// How often a write that met a conflict is computed anew before the reconcile fails with it.
const ATTEMPTS: usize = 5;

/// Through which client a controller writes; it knows the controller's field manager, what was declared, and who hears of writes.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    pub(crate) client: Client,
}

impl Writer {
    /// The objects beside this one.
    pub(crate) fn beside<K: Resource>(&self, object: &K) -> Api<K> {
        self.client.api(K::RESOURCE, object.namespace())
    }
}
