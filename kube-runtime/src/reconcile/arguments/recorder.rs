//! `Recorder`: where events are left about any object.

use kube_core::Resource;

use super::Argument;
use crate::error::Result;
use crate::reconcile::request::Request;
use crate::reconcile::wiring::Wiring;
use crate::writeback::event::Recorder;

impl<K: Resource> Argument<K> for Recorder {
    fn wire(_wiring: &mut Wiring) {}

    fn extract(request: &Request<K>) -> Result<Self> {
        Ok(request.context().recorder.clone())
    }
}
