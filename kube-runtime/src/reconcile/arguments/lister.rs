//! `Lister<T>`: all objects of a kind, from the cache.

use kube_core::Resource;

use super::Argument;
use crate::error::Result;
use crate::indexer::Lister;
use crate::reconcile::request::Request;
use crate::reconcile::wiring::Wiring;

impl<K: Resource, T: Resource> Argument<K> for Lister<T> {
    fn wire(wiring: &mut Wiring) {
        wiring.lists::<T>();
    }

    fn extract(request: &Request<K>) -> Result<Self> {
        request.context().lister::<T>()
    }
}
