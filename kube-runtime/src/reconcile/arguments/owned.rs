//! `Owned<T>`: the objects of a kind that the reconciled one owns, from the cache.

use std::fmt;
use std::sync::Arc;

use kube_core::Resource;
use kube_core::ResourceExt;

use super::Argument;
use crate::error::Result;
use crate::indexer::Lister;
use crate::reconcile::request::Request;
use crate::reconcile::wiring::Wiring;

/// The reconciled object's own objects of one kind; `owns(T)` wires it.
pub struct Owned<T> {
    lister: Lister<T>,
    owner: Box<str>,
}

impl<T: Resource> Owned<T> {
    /// All of them. One that is not what its type says is reported and left out.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<T>> {
        self.lister.owned_by(&self.owner)
    }

    /// The one of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<T>> {
        self.list().into_iter().find(|object| object.name() == name)
    }
}

impl<K: Resource, T: Resource> Argument<K> for Owned<T> {
    fn wire(wiring: &mut Wiring) {
        wiring.lists::<T>();
    }

    fn extract(request: &Request<K>) -> Result<Self> {
        let owner = Box::from(request.object().uid().unwrap_or_default());
        Ok(Self { lister: request.context().lister::<T>()?, owner })
    }
}

impl<T> fmt::Debug for Owned<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Owned").field("owner", &self.owner).finish_non_exhaustive()
    }
}
