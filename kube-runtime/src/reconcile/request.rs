//! One reconcile to be done: an object, its key and all that its arguments are made from.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use kube_core::Resource;
use parking_lot::Mutex;

use super::context::Context;
use crate::flow::Cached;
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
    /// What the last reconcile that ended well began with, where it is kept.
    previous: Option<Cached>,
    /// The newest version that this reconcile knows of, after its own writes.
    latest: Mutex<Arc<K>>,
    /// The earliest time at which it wants to run again.
    wake: Mutex<Option<Duration>>,
}

impl<K: Resource> Request<K> {
    pub(crate) fn new(
        object: Arc<K>,
        previous: Option<Cached>,
        key: Key,
        id: ReconcileId,
        context: Arc<Context>,
    ) -> Self {
        let latest = Mutex::new(Arc::clone(&object));
        let wake = Mutex::default();
        let inner = Inner { object, key, id, context, previous, latest, wake };
        Self { inner: Arc::new(inner) }
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

    pub(crate) fn previous(&self) -> Option<&Cached> {
        self.inner.previous.as_ref()
    }

    pub(crate) fn wake_after(&self, delay: Duration) {
        let mut wake = self.inner.wake.lock();
        *wake = Some(wake.map_or(delay, |earlier| earlier.min(delay)));
    }

    pub(crate) fn wake(&self) -> Option<Duration> {
        *self.inner.wake.lock()
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
