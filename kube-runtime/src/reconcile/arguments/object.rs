//! `Object<K>`: the object that is reconciled, as it is in the cache.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use kube_core::Resource;

use super::Argument;
use crate::error::Result;
use crate::reconcile::request::Request;
use crate::reconcile::wiring::Wiring;

/// The object to reconcile. It was read before the function was called, so reading it cannot fail.
pub struct Object<K>(Arc<K>);

impl<K> Object<K> {
    /// The shared value itself.
    #[must_use]
    pub fn into_inner(self) -> Arc<K> {
        self.0
    }
}

impl<K: Resource> Argument<K> for Object<K> {
    fn wire(_wiring: &mut Wiring) {}

    fn extract(request: &Request<K>) -> Result<Self> {
        Ok(Self(Arc::clone(request.object())))
    }
}

impl<K> Deref for Object<K> {
    type Target = K;

    fn deref(&self) -> &K {
        &self.0
    }
}

impl<K> AsRef<K> for Object<K> {
    fn as_ref(&self) -> &K {
        &self.0
    }
}

impl<K> Clone for Object<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K> From<Arc<K>> for Object<K> {
    fn from(object: Arc<K>) -> Self {
        Self(object)
    }
}

impl<K: fmt::Debug> fmt::Debug for Object<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
