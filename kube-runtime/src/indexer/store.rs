//! One cache that a pump writes and everybody reads.

use std::any::TypeId;
use std::fmt::{self, Display, Formatter};
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hashbrown::HashMap;
use kube_core::selector::{FieldSelector, LabelSelector};
use kube_core::wire::{Malformed, RawObject};
use kube_core::{ApiResource, HasMetadata};
use parking_lot::{Mutex, RwLock};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use super::by_label::by_label;
use super::decoded::Decoded;
use super::index::{ByFunction, Name};
use super::lister::Lister;
use super::machine::{Cache, Indexer, Step};
use super::reported::Reported;
use super::transform::Transform;
use super::written::{Own, Written};
use crate::flow::{Cached, Delta, Key, Notice, Undecodable, order};

/// The cache of one kind; clones are the same cache. Usable alone, whoever brings the deltas.
///
/// ```
/// use k8s_openapi::api::core::v1::ConfigMap;
/// use kube_runtime::core::{RawObject, Resource, selector::LabelSelector};
/// use kube_runtime::flow::Delta;
/// use kube_runtime::indexer::{Cache, Store};
///
/// fn by_tier(map: &ConfigMap) -> Option<String> {
///     map.data.as_ref()?.get("tier").cloned()
/// }
///
/// let store = Store::new(ConfigMap::RESOURCE, None, LabelSelector::everything(), Cache::Packed);
/// store.add_index(by_tier);
///
/// let json = r#"{"metadata":{"namespace":"prod","name":"web","resourceVersion":"7"},"data":{"tier":"gold"}}"#;
/// let mut notices = Vec::new();
/// store.apply(Delta::Updated(RawObject::parse(json.into(), false)?), &mut notices);
/// assert_eq!(notices[0].key().to_string(), "prod/web");
///
/// let maps = store.lister::<ConfigMap>();
/// assert_eq!(maps.by(by_tier, &"gold".to_owned()).len(), 1);
/// assert_eq!(maps.namespace("prod").get("web")?.unwrap().metadata.resource_version.as_deref(), Some("7"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Store(Arc<Shared>);

struct Shared {
    resource: ApiResource,
    namespace: Option<String>,
    labels: LabelSelector,
    fields: FieldSelector,
    indexer: RwLock<Indexer>,
    written: RwLock<Written>,
    /// Whether `written` holds anything; saves readers the lock.
    overlaid: AtomicBool,
    decoded: Decoded,
    reported: Mutex<Reported>,
}

impl Store {
    /// An empty cache of everything of this kind, in a namespace or everywhere.
    #[must_use]
    pub fn new(
        resource: ApiResource,
        namespace: Option<&str>,
        labels: LabelSelector,
        cache: Cache,
    ) -> Self {
        Self(Arc::new(Shared {
            resource,
            namespace: namespace.map(str::to_owned),
            labels,
            fields: FieldSelector::everything(),
            indexer: RwLock::new(Indexer::new(cache)),
            written: RwLock::default(),
            overlaid: AtomicBool::new(false),
            decoded: Decoded::default(),
            reported: Mutex::default(),
        }))
    }

    /// Under which fields; an own write of which only the server knows whether it is selected is asked
    /// for before it is read.
    #[must_use]
    pub(crate) fn under(mut self, fields: FieldSelector) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.0) {
            shared.fields = fields;
        }
        self
    }

    pub(super) fn fields(&self) -> &FieldSelector {
        &self.0.fields
    }

    /// Lets `change` work on each object before it is kept, as JSON: what is left out costs no memory, and readers, handlers
    /// and index functions see what is left. Each is asked about once for each state, also of own writes, and decoded and
    /// encoded for it, which takes some 30 µs for a Pod. Namespace, name, uid and version stay as they came; so does the whole
    /// object when `change` panics. It is called while the cache is locked, so it must not read the cache itself.
    ///
    /// # Panics
    /// When the store has been cloned: what is cached already would differ from what comes.
    #[must_use]
    pub fn transformed_by(self, change: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        self.transforming(Some(Transform::new(change)))
    }

    pub(crate) fn transforming(mut self, transform: Option<Transform>) -> Self {
        let shared =
            Arc::get_mut(&mut self.0).expect("a store is given its transform when it is made");
        shared.indexer.get_mut().transform = transform;
        self
    }

    pub(super) fn transformed(&self, object: &RawObject) -> RawObject {
        self.0.indexer.read().transformed(object).into_owned()
    }

    /// Which kind it holds.
    #[must_use]
    pub fn resource(&self) -> &ApiResource {
        &self.0.resource
    }

    /// Of which namespace, if not of all.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.0.namespace.as_deref()
    }

    /// Under which labels.
    #[must_use]
    pub fn labels(&self) -> &LabelSelector {
        &self.0.labels
    }

    /// Reads objects as a type.
    #[must_use]
    pub fn lister<K>(&self) -> Lister<K>
    where
        K: HasMetadata + DeserializeOwned + Send + Sync + 'static,
    {
        Lister::new(self.clone())
    }

    /// The state of one object.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<Cached> {
        // The overlay first: what leaves it is in the cache already.
        let own = self.overlaid().then(|| self.0.written.read().get(key).cloned()).flatten();
        let cached = self.0.indexer.read().get(key).cloned();
        match own {
            None | Some(Own::Unknown | Own::Undecided { .. }) => cached,
            Some(own @ (Own::Deleted { .. } | Own::Left { .. })) => {
                cached.filter(|cached| !own.hides(cached))
            }
            Some(Own::State(own)) => {
                Some(cached.filter(|cached| !is_ahead(&own, cached)).unwrap_or(own))
            }
        }
    }

    /// Every state, in no order.
    #[must_use]
    pub fn list(&self) -> Vec<Cached> {
        self.select(|indexer| indexer.iter().cloned().collect(), |_| true)
    }

    /// The states in a namespace, in no order.
    #[must_use]
    pub fn in_namespace(&self, namespace: &str) -> Vec<Cached> {
        self.select(
            |indexer| indexer.in_namespace(namespace).cloned().collect(),
            |cached| cached.key().namespace() == Some(namespace),
        )
    }

    /// The states with these labels, in one namespace or in all, in no order. With an index of one of the labels it costs what it finds.
    pub(super) fn labelled(&self, labels: &LabelSelector, namespace: Option<&str>) -> Vec<Cached> {
        let here = |cached: &Cached| namespace.is_none() || cached.key().namespace() == namespace;
        let has = |cached: &Cached| labels.is_everything() || labels.matches(&cached.labels());
        let mut exact = false;
        let find = |indexer: &Indexer| match (indexer.labelled(labels), namespace) {
            (Some(found), _) => {
                exact = labels.requirements().len() == 1;
                found.cloned().collect()
            }
            (None, Some(namespace)) => indexer.in_namespace(namespace).cloned().collect(),
            (None, None) => indexer.iter().cloned().collect(),
        };
        let mut found = self.select(find, |cached| here(cached) && has(cached));
        found.retain(|cached| here(cached) && (exact || has(cached)));
        found
    }

    /// The states that name an owner, in no order.
    #[must_use]
    pub fn owned_by(&self, uid: &str) -> Vec<Cached> {
        self.select(
            |indexer| indexer.owned_by(uid).cloned().collect(),
            |cached| cached.owners().iter().any(|owner| *owner.uid == *uid),
        )
    }

    /// The states for which a function gives a value; without an index of that function, all are asked.
    pub fn by<K, F, I, V>(&self, function: F, value: &V) -> Vec<Cached>
    where
        K: HasMetadata + DeserializeOwned + Send + Sync + 'static,
        F: Fn(&K) -> I + 'static,
        I: IntoIterator<Item = V>,
        V: Eq + Hash + 'static,
    {
        self.having(&function, value)
    }

    pub(super) fn having<K, F, I, V>(&self, function: &F, value: &V) -> Vec<Cached>
    where
        K: HasMetadata + DeserializeOwned + Send + Sync + 'static,
        F: Fn(&K) -> I + 'static,
        I: IntoIterator<Item = V>,
        V: Eq + Hash + 'static,
    {
        let gives = |cached: &Cached| {
            let object = self.read::<K>(cached).ok();
            object.is_some_and(|object| function(&object).into_iter().any(|one| one == *value))
        };
        let indexed = |indexer: &Indexer| {
            let index = indexer.index(&Name::Function(TypeId::of::<F>()))?;
            let index = index.as_any().downcast_ref::<ByFunction<K, F, V>>()?;
            Some(indexer.states(index.having(value)).cloned().collect())
        };
        let mut scan = false;
        let found = self.select(
            |indexer| {
                indexed(indexer).unwrap_or_else(|| {
                    scan = true;
                    indexer.iter().cloned().collect()
                })
            },
            gives,
        );
        if scan { found.into_iter().filter(gives).collect() } else { found }
    }

    /// Adds an index by a function, also over what is there already. The function is called while
    /// the cache is locked, so it must not read the cache itself.
    pub fn add_index<K, F, I, V>(&self, function: F)
    where
        K: DeserializeOwned + Send + Sync + 'static,
        F: Fn(&K) -> I + Send + Sync + 'static,
        I: IntoIterator<Item = V> + 'static,
        V: Clone + Eq + Hash + Send + Sync + 'static,
    {
        self.0.indexer.write().add_index(Box::new(ByFunction::<K, F, V>::new(function)));
    }

    /// Adds an index of a label, also over what is there already: to ask for objects with a value of it costs what it finds, not what the cache
    /// holds.
    pub fn add_label_index(&self, label: &str) {
        self.0.indexer.write().add_index(Box::new(by_label(label)));
    }

    /// How many objects there are, own writes that are on their way not counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.indexer.read().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a list has ever been complete.
    #[must_use]
    pub fn is_synced(&self) -> bool {
        self.0.indexer.read().is_synced()
    }

    /// The newest version that everything up to is in the cache.
    #[must_use]
    pub fn resource_version(&self) -> Option<String> {
        self.0.indexer.read().resource_version().map(str::to_owned)
    }

    /// Why an object could not be read the last time it came, if it could not.
    #[must_use]
    pub fn malformed_at(&self, key: &Key) -> Option<String> {
        self.0.indexer.read().malformed_at(key).map(str::to_owned)
    }

    /// Bytes kept for objects, dictionaries not counted.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.0.indexer.read().iter().map(|cached| cached.kept()).sum()
    }

    /// Reads a state as a type, sharing the object with whoever holds it already.
    ///
    /// # Errors
    /// When the object is not what the type says. That is logged once per version.
    pub fn read<K>(&self, cached: &Cached) -> Result<Arc<K>, Undecodable>
    where
        K: HasMetadata + DeserializeOwned + Send + Sync + 'static,
    {
        self.0.decoded.read(cached, &self.0.resource).inspect_err(|error| {
            self.report(cached.key(), cached.resource_version(), error);
        })
    }

    /// The same for many; those that are not what the type says are left out.
    pub(super) fn read_all<K>(&self, states: &[Cached]) -> Vec<Arc<K>>
    where
        K: HasMetadata + DeserializeOwned + Send + Sync + 'static,
    {
        let read = self.0.decoded.read_all(states, &self.0.resource);
        let report = |(cached, object): (&Cached, Result<Arc<K>, Undecodable>)| {
            object
                .inspect_err(|error| self.report(cached.key(), cached.resource_version(), error))
                .ok()
        };
        states.iter().zip(read).filter_map(report).collect()
    }

    /// Takes one step. Notices are appended after readers can see what they tell.
    pub fn apply(&self, delta: Delta, notices: &mut Vec<Notice>) {
        let first = notices.len();
        if let Delta::Malformed(malformed) = &delta {
            self.report_malformed(malformed);
        }
        if matches!(delta, Delta::ListBegun { new_history: true }) {
            self.0.reported.lock().clear();
            self.settle(Written::doubt_all);
        }
        let reached = reached(&delta);
        let step = self.0.indexer.read().prepare(delta);
        if !matches!(step, Step::Nothing) {
            self.0.indexer.write().commit(step, notices);
        }
        if let Some(version) = reached {
            self.settle(|written| written.reached(&version, Instant::now()));
        }
        for notice in &notices[first..] {
            self.settle(|written| match notice {
                Notice::Added { new, .. } | Notice::Updated { new, .. } => written.cached(new),
                Notice::Deleted(deletion) => written.gone(deletion.last_known()),
            });
        }
    }

    fn select(
        &self,
        find: impl FnOnce(&Indexer) -> Vec<Cached>,
        matches: impl Fn(&Cached) -> bool,
    ) -> Vec<Cached> {
        let own: HashMap<Key, Own> = if self.overlaid() {
            let written = self.0.written.read();
            written.iter().map(|(key, own)| (key.clone(), own.clone())).collect()
        } else {
            HashMap::new()
        };
        let indexer = self.0.indexer.read();
        let mut found = find(&indexer);
        if own.is_empty() {
            return found;
        }
        found.retain(|cached| match own.get(cached.key()) {
            Some(Own::State(own)) => !is_ahead(own, cached),
            Some(own @ (Own::Deleted { .. } | Own::Left { .. })) => !own.hides(cached),
            Some(Own::Unknown | Own::Undecided { .. }) | None => true,
        });
        let ahead: Vec<Cached> = own
            .into_values()
            .filter_map(|own| match own {
                Own::State(own) => Some(own),
                _ => None,
            })
            .filter(|own| indexer.get(own.key()).is_none_or(|cached| is_ahead(own, cached)))
            .collect();
        drop(indexer);
        found.extend(ahead.into_iter().filter(|own| matches(own)));
        found
    }

    pub(super) fn overlaid(&self) -> bool {
        self.0.overlaid.load(Ordering::Acquire)
    }

    pub(super) fn overlay(&self, change: impl FnOnce(&mut Written)) {
        let mut written = self.0.written.write();
        change(&mut written);
        self.0.overlaid.store(!written.is_empty(), Ordering::Release);
    }

    fn settle(&self, change: impl FnOnce(&mut Written)) {
        if self.overlaid() {
            self.overlay(change);
        }
    }

    /// What the cache has, own writes that are on their way left out: what handlers are told of.
    #[must_use]
    pub fn cached_states(&self) -> Vec<Cached> {
        self.0.indexer.read().iter().cloned().collect()
    }

    pub(super) fn cached(&self, key: &Key) -> Option<Cached> {
        self.0.indexer.read().get(key).cloned()
    }

    /// Whether the cache has everything up to this state, and so this state or what became of it.
    pub(super) fn is_past(&self, state: &Cached) -> bool {
        let indexer = self.0.indexer.read();
        let reached = indexer.resource_version();
        reached.is_some_and(|reached| {
            order(state.resource_version(), reached).is_some_and(std::cmp::Ordering::is_le)
        })
    }

    pub(super) fn written<T>(&self, ask: impl FnOnce(&Written) -> T) -> T {
        ask(&self.0.written.read())
    }

    /// Tells of an object that cannot be read, once per version.
    fn report(&self, key: &Key, version: &str, why: &dyn Display) {
        let mut reported = self.0.reported.lock();
        if reported.is_news(key, version) {
            tracing::warn!(kind = %self.0.resource.kind, %key, "{why}");
            reported.shed(|known| {
                let indexer = self.0.indexer.read();
                known == key
                    || indexer.get(known).is_some()
                    || indexer.malformed_at(known).is_some()
            });
        }
    }

    /// The same of an object that has not even a head.
    fn report_malformed(&self, malformed: &Malformed) {
        if let Some(name) = malformed.name.as_deref() {
            let version = malformed.resource_version.as_deref().unwrap_or_default();
            self.report(&Key::new(malformed.namespace.as_deref(), name), version, malformed);
        } else if self.0.reported.lock().is_news_without_a_name(malformed) {
            tracing::warn!(kind = %self.0.resource.kind, "{malformed}");
        }
    }
}

/// Whether our own state is newer than the cached one.
fn is_ahead(own: &Cached, cached: &Cached) -> bool {
    order(own.resource_version(), cached.resource_version()).is_none_or(std::cmp::Ordering::is_gt)
}

fn reached(delta: &Delta) -> Option<String> {
    match delta {
        Delta::ListEnded { resource_version } | Delta::Reached { resource_version } => {
            Some(resource_version.clone())
        }
        _ => None,
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Store")
            .field("kind", &self.0.resource.kind)
            .field("namespace", &self.0.namespace)
            .field("indexer", &*self.0.indexer.read())
            .finish_non_exhaustive()
    }
}
