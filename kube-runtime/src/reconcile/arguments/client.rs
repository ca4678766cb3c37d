//! `Client`: the cluster itself, for what was declared with `permissions(..)`.

use kube_core::Client;
use kube_core::Resource;

use super::Argument;
use crate::error::Result;
use crate::reconcile::request::Request;
use crate::reconcile::wiring::Wiring;

impl<K: Resource> Argument<K> for Client {
    fn wire(_wiring: &mut Wiring) {}

    fn extract(request: &Request<K>) -> Result<Self> {
        Ok(request.context().client().clone())
    }
}
