//! What a function says about the object that changed.
//!
//! Mirrors: controller-runtime pkg/handler/enqueue_mapped.go

use std::fmt::{self, Formatter};
use std::marker::PhantomData;

use kube_core::HasMetadata;
use serde::de::DeserializeOwned;

use super::Enqueue;
use crate::flow::{Key, Notice};
use crate::indexer::Store;

/// Enqueues what a function returns, asked about the old state and about the new one.
///
/// A state that is not what its type says is reported by the store, and maps to nothing.
pub struct Mapped<K, F> {
    store: Store,
    map: F,
    kind: PhantomData<fn(&K)>,
}

impl<K, F, I> Mapped<K, F>
where
    K: HasMetadata + DeserializeOwned + Send + Sync + 'static,
    F: Fn(&K) -> I + Send + Sync + 'static,
    I: IntoIterator<Item = Key>,
{
    /// Maps the objects of this cache.
    #[must_use]
    pub fn new(store: Store, map: F) -> Self {
        Self { store, map, kind: PhantomData }
    }
}

impl<K, F, I> Enqueue for Mapped<K, F>
where
    K: HasMetadata + DeserializeOwned + Send + Sync + 'static,
    F: Fn(&K) -> I + Send + Sync + 'static,
    I: IntoIterator<Item = Key>,
{
    fn keys(&self, notice: &Notice, add: &mut dyn FnMut(Key)) {
        for state in notice.states() {
            if let Ok(object) = self.store.read::<K>(state) {
                (self.map)(&object).into_iter().for_each(&mut *add);
            }
        }
    }
}

impl<K, F> fmt::Debug for Mapped<K, F> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Mapped").field("store", &self.store).finish_non_exhaustive()
    }
}
