//! Whether a function holds of the typed object.

use std::fmt::{self, Formatter};
use std::marker::PhantomData;

use kube_core::Resource;

use super::{Condition, Predicate};
use crate::flow::Notice;
use crate::indexer::Store;

/// Objects of which a function holds; also those of which it held before they changed.
///
/// A state that is not what its type says is reported by the store, and not admitted.
pub struct Object<K, F> {
    store: Store,
    holds: F,
    kind: PhantomData<fn(&K)>,
}

impl<K: Resource, F: Fn(&K) -> bool + Send + Sync + 'static> Object<K, F> {
    /// Objects of this cache.
    #[must_use]
    pub fn new(store: Store, holds: F) -> Self {
        Self { store, holds, kind: PhantomData }
    }
}

impl<K: Resource, F: Fn(&K) -> bool + Send + Sync + 'static> Predicate for Object<K, F> {
    fn admits(&self, notice: &Notice) -> bool {
        self.holds.holds(notice, &self.store)
    }
}

impl<K, F> fmt::Debug for Object<K, F> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Object").field("store", &self.store).finish_non_exhaustive()
    }
}
