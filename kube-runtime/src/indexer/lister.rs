//! A cache, read as a type.
//!
//! Mirrors: client-go tools/cache/listers.go
//! Differs: what is not there is `None`; an object that is not what its type says is an error of
//! that object, and left out of lists.

use std::fmt::{self, Formatter};
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;

use kube_core::selector::LabelSelector;
use kube_core::{Error, HasMetadata};
use serde::de::DeserializeOwned;

use super::store::Store;
use crate::flow::{Cached, Key, Undecodable};

/// Reads the cache of one kind.
///
/// What is asked for decides what can go wrong, everywhere and in one namespace alike:
///
/// | read | gives | why |
/// |---|---|---|
/// | `get(..)`, `find(..)` | `Result<Option<Arc<K>>>` | the one object may not be what its type says |
/// | `list()`, `by(..)`, `owned_by(..)` | `Vec<Arc<K>>` | such objects are reported, once, and left out |
/// | `labels(..).list()` | `Result<Vec<Arc<K>>>` | the selector may be wrong |
///
/// ```
/// use k8s_openapi::api::core::v1::Pod;
/// use kube_runtime::core::{RawObject, Resource, selector::LabelSelector};
/// use kube_runtime::flow::{Delta, Key};
/// use kube_runtime::indexer::{Cache, Store};
///
/// let store = Store::new(Pod::RESOURCE, None, LabelSelector::everything(), Cache::Packed);
/// for (namespace, name, app) in [("prod", "a", "web"), ("prod", "b", "db"), ("test", "c", "web")] {
///     let json = format!(r#"{{"metadata":{{"namespace":"{namespace}","name":"{name}","resourceVersion":"7","labels":{{"app":"{app}"}}}}}}"#);
///     store.apply(Delta::Updated(RawObject::parse(json.into(), false)?), &mut Vec::new());
/// }
///
/// let pods = store.lister::<Pod>();   // of an informer: `pods.lister()`; in a reconcile function: an argument `Lister<Pod>`
/// assert_eq!(pods.list().len(), 3);
/// assert_eq!(pods.labels("app=web").list()?.len(), 2);
/// assert!(pods.get("prod", "a")?.is_some());
///
/// let prod = pods.namespace("prod");
/// assert_eq!(prod.list().len(), 2);
/// assert_eq!(Key::of(&*prod.labels("app=web").list()?[0]), Key::namespaced("prod", "a"));
/// assert!(prod.get("a")?.is_some());
/// assert!(prod.get("c")?.is_none());
/// assert!(prod.labels("app in (").list().is_err());
/// # Ok::<(), kube_runtime::core::Error>(())
/// ```
pub struct Lister<K> {
    /// One, or one for each of some namespaces.
    stores: Arc<[Store]>,
    kind: PhantomData<fn() -> K>,
}

/// Reads one namespace of the cache of one kind, as [`Lister`] reads all of them.
#[must_use = "nothing is read until `get` or `list`"]
pub struct NamespaceLister<K> {
    lister: Lister<K>,
    namespace: Box<str>,
}

/// Objects under a label selector; [`list`](Self::list) reads them.
#[must_use = "nothing is read until `list`"]
pub struct Selected<K> {
    lister: Lister<K>,
    namespace: Option<Box<str>>,
    labels: Result<LabelSelector, Error>,
}

impl<K> Lister<K>
where
    K: HasMetadata + DeserializeOwned + Send + Sync + 'static,
{
    pub(super) fn new(store: Store) -> Self {
        Self::over([store])
    }

    /// Reads the caches of several namespaces as one; no object is in two of them.
    pub(crate) fn over(stores: impl IntoIterator<Item = Store>) -> Self {
        Self { stores: stores.into_iter().collect(), kind: PhantomData }
    }

    /// One object; for a cluster-scoped kind the namespace is `None`.
    ///
    /// # Errors
    /// When the object is not what its type says: an error of kind [`Decode`](kube_core::ErrorKind::Decode).
    pub fn get<'a>(
        &self,
        namespace: impl Into<Option<&'a str>>,
        name: &str,
    ) -> Result<Option<Arc<K>>, Error> {
        self.find(&Key::new(namespace.into(), name))
    }

    /// One object, by its key.
    ///
    /// # Errors
    /// When the object is not what its type says: an error of kind [`Decode`](kube_core::ErrorKind::Decode).
    pub fn find(&self, key: &Key) -> Result<Option<Arc<K>>, Error> {
        let Some(store) = self.store_of(key.namespace()) else { return Ok(None) };
        Ok(store.get(key).map(|cached| store.read(&cached)).transpose()?)
    }

    /// All objects, in no order.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<K>> {
        self.read(Store::list)
    }

    /// The objects of one namespace.
    pub fn namespace(&self, namespace: &str) -> NamespaceLister<K> {
        NamespaceLister { lister: self.clone(), namespace: Box::from(namespace) }
    }

    /// The objects with these labels. Without an index of one of them all objects are looked at each time.
    pub fn labels<L>(&self, labels: L) -> Selected<K>
    where
        L: TryInto<LabelSelector, Error: Into<Error>>,
    {
        Selected {
            lister: self.clone(),
            namespace: None,
            labels: labels.try_into().map_err(Into::into),
        }
    }

    /// The objects for which a function gives this value. Declare the function as an index, or all
    /// objects are asked each time.
    pub fn by<F, I, V>(&self, function: F, value: &V) -> Vec<Arc<K>>
    where
        F: Fn(&K) -> I + 'static,
        I: IntoIterator<Item = V>,
        V: Eq + Hash + 'static,
    {
        self.read(|store| store.having(&function, value))
    }

    /// The objects that name an owner.
    #[must_use]
    pub fn owned_by(&self, uid: &str) -> Vec<Arc<K>> {
        self.read(|store| store.owned_by(uid))
    }

    /// The caches themselves: one, or one for each namespace of an operator that keeps to some.
    #[must_use]
    pub fn stores(&self) -> &[Store] {
        &self.stores
    }

    /// What is cached of one object.
    pub(crate) fn cached(&self, key: &Key) -> Option<Cached> {
        self.store_of(key.namespace())?.get(key)
    }

    /// A state of one of its objects, be it an earlier one.
    pub(crate) fn decoded(&self, state: &Cached) -> Result<Arc<K>, Undecodable> {
        // Any of them can: they are of one kind.
        let store = self.store_of(state.key().namespace()).or(self.stores.first());
        store.expect("a lister has a cache").read(state)
    }

    /// Whether each cache has had a whole list.
    pub(crate) fn is_synced(&self) -> bool {
        self.stores.iter().all(Store::is_synced)
    }

    /// The cache that an object of this namespace is in, if it is followed.
    fn store_of(&self, namespace: Option<&str>) -> Option<&Store> {
        match &*self.stores {
            [store] => Some(store),
            stores => stores.iter().find(|store| store.namespace() == namespace),
        }
    }

    fn read(&self, find: impl Fn(&Store) -> Vec<Cached>) -> Vec<Arc<K>> {
        let read = |store: &Store| store.read_all(&find(store));
        match &*self.stores {
            [store] => read(store),
            stores => stores.iter().flat_map(read).collect(),
        }
    }

    fn read_in(&self, namespace: &str, find: impl Fn(&Store) -> Vec<Cached>) -> Vec<Arc<K>> {
        self.store_of(Some(namespace)).map_or_else(Vec::new, |store| store.read_all(&find(store)))
    }
}

impl<K> NamespaceLister<K>
where
    K: HasMetadata + DeserializeOwned + Send + Sync + 'static,
{
    /// One object.
    ///
    /// # Errors
    /// When the object is not what its type says: an error of kind [`Decode`](kube_core::ErrorKind::Decode).
    pub fn get(&self, name: &str) -> Result<Option<Arc<K>>, Error> {
        self.lister.get(&*self.namespace, name)
    }

    /// All objects, in no order.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<K>> {
        self.lister.read_in(&self.namespace, |store| store.in_namespace(&self.namespace))
    }

    /// The objects with these labels.
    pub fn labels<L>(&self, labels: L) -> Selected<K>
    where
        L: TryInto<LabelSelector, Error: Into<Error>>,
    {
        Selected { namespace: Some(self.namespace.clone()), ..self.lister.labels(labels) }
    }
}

impl<K> Selected<K>
where
    K: HasMetadata + DeserializeOwned + Send + Sync + 'static,
{
    /// The objects, in no order.
    ///
    /// # Errors
    /// When the selector cannot be parsed.
    pub fn list(self) -> Result<Vec<Arc<K>>, Error> {
        let labels = self.labels?;
        Ok(match &self.namespace {
            Some(namespace) => {
                self.lister.read_in(namespace, |store| store.labelled(&labels, Some(namespace)))
            }
            None => self.lister.read(|store| store.labelled(&labels, None)),
        })
    }
}

impl<K> Clone for Lister<K> {
    fn clone(&self) -> Self {
        Self { stores: Arc::clone(&self.stores), kind: PhantomData }
    }
}

impl<K> fmt::Debug for Lister<K> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Lister").field(&self.stores).finish()
    }
}

impl<K> fmt::Debug for NamespaceLister<K> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NamespaceLister")
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

impl<K> fmt::Debug for Selected<K> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Selected").field("labels", &self.labels).finish_non_exhaustive()
    }
}
