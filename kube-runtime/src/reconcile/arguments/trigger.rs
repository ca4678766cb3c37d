//! `Trigger<T>`: asks for a reconcile of another object, of this kind or of one that another controller of the operator reconciles.

use kube_core::Resource;

use super::Argument;
use crate::error::Result;
use crate::reconcile::request::Request;
use crate::reconcile::trigger::Trigger;
use crate::reconcile::wiring::Wiring;

impl<K: Resource, T: Resource> Argument<K> for Trigger<T> {
    fn wire(wiring: &mut Wiring) {
        wiring.triggers::<T>();
    }

    fn extract(request: &Request<K>) -> Result<Self> {
        Ok(Self::new(request.context().triggers.clone()))
    }
}
