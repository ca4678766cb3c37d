//! One reconcile to be done: an object, its key and all that its arguments are made from.

use std::fmt;
use std::sync::Arc;

use kube_core::Resource;
use parking_lot::Mutex;

use super::context::Context;
use crate::flow::Key;
use crate::observe::ReconcileId;

/// What an [`Argument`](super::Argument) is taken from. Clones are the same request.
pub struct Request<K> {
    inner: Arc<Inner<K>>,
}

struct Inner<K> {
    object: Arc<K>,
    key: Key,
    id: ReconcileId,
    context: Arc<Context>,
    /// The newest version that this reconcile knows of, after its own writes.
    latest: Mutex<Arc<K>>,
}

impl<K: Resource> Request<K> {
    pub(crate) fn new(object: Arc<K>, key: Key, id: ReconcileId, context: Arc<Context>) -> Self {
        let latest = Mutex::new(Arc::clone(&object));
        Self { inner: Arc::new(Inner { object, key, id, context, latest }) }
    }

    /// The object as it was when the reconcile began.
    #[must_use]
    pub fn object(&self) -> &Arc<K> {
        &self.inner.object
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.inner.key
    }

    /// The number of this reconcile.
    #[must_use]
    pub fn id(&self) -> ReconcileId {
        self.inner.id
    }

    pub(crate) fn context(&self) -> &Context {
        &self.inner.context
    }

    pub(crate) fn latest(&self) -> Arc<K> {
        Arc::clone(&self.inner.latest.lock())
    }

    pub(crate) fn learn(&self, written: K) {
        *self.inner.latest.lock() = Arc::new(written);
    }
}

impl<K> Clone for Request<K> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<K> fmt::Debug for Request<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.inner;
        let controller = &inner.context.controller;
        formatter
            .debug_struct("Request")
            .field("controller", controller)
            .field("key", &inner.key)
            .field("id", &inner.id)
            .finish_non_exhaustive()
    }
}
