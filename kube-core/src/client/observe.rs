//! Who hears of writes: an answer, or the lack of one, in; one [`Write`] to each observer out.

use std::fmt;
use std::sync::Arc;

use crate::object::ApiResource;
use crate::wire::RawObject;

/// Hears of every write that a client makes, before the caller does.
///
/// It is called exactly once for each write that the server may have done, also when the future that was writing is
/// dropped. A dry run is no write, and neither is one that the server refused.
#[diagnostic::on_unimplemented(message = "`{Self}` does not implement `WriteObserver`")]
pub trait WriteObserver: Send + Sync {
    /// Something of this kind was written. It runs on the writer's task, so it does not wait.
    fn wrote(&self, resource: &ApiResource, write: &Write);
}

/// What a write did, as far as it is known.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Write {
    /// The object as the server keeps it now. A deletion that waits for finalizers is one of these.
    Object(RawObject),
    /// The object is gone.
    Deleted {
        /// Its namespace.
        namespace: Option<String>,
        /// Its name.
        name: String,
        /// Which of those that had this name, if the server said it.
        uid: Option<String>,
    },
    /// The answer was lost: the object may be as it was, changed, or gone.
    Unknown {
        /// Its namespace.
        namespace: Option<String>,
        /// Its name; empty if the server was to choose one.
        name: String,
    },
    /// Any object of the kind may be changed or gone: a collection was deleted.
    Collection {
        /// Of this namespace only.
        namespace: Option<String>,
    },
}

/// The observers of one client.
#[derive(Clone, Default)]
pub(super) struct Observers(Vec<Arc<dyn WriteObserver>>);

impl Observers {
    /// These and one more.
    pub(super) fn with(&self, observer: Arc<dyn WriteObserver>) -> Self {
        let mut observers = self.0.clone();
        observers.push(observer);
        Self(observers)
    }

    fn tell(&self, resource: &ApiResource, write: &Write) {
        for observer in &self.0 {
            observer.wrote(resource, write);
        }
    }

    /// A write begins. Unless it is settled, it ends as `lost` says.
    pub(super) fn begin(&self, resource: &ApiResource, lost: Write) -> Pending {
        let pending = (!self.0.is_empty()).then(|| Inner {
            observers: self.clone(),
            resource: resource.clone(),
            lost,
        });
        Pending(pending)
    }
}

/// A write that is on its way. Dropping it means that nobody knows what became of it.
pub(super) struct Pending(Option<Inner>);

struct Inner {
    observers: Observers,
    resource: ApiResource,
    lost: Write,
}

impl Pending {
    /// Nobody would hear of it.
    pub(super) fn nobody() -> Self {
        Self(None)
    }

    /// The server surely did nothing.
    pub(super) fn refused(mut self) {
        self.0 = None;
    }

    /// The server did this. What was written is only looked at when somebody wants to know.
    pub(super) fn done(mut self, write: impl FnOnce() -> Option<Write>) {
        if let Some(inner) = self.0.take() {
            let write = write();
            inner.observers.tell(&inner.resource, write.as_ref().unwrap_or(&inner.lost));
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(inner) = self.0.take() {
            inner.observers.tell(&inner.resource, &inner.lost);
        }
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} observers", self.0.len())
    }
}
