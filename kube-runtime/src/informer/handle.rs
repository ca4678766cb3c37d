//! An informer, used as a type: typed closures in, a typed lister out.

use std::fmt::{self, Formatter};
use std::hash::Hash;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use hashbrown::HashMap;
use kube_core::{Error, HasMetadata};
use parking_lot::{Mutex, RwLock};
use serde::de::DeserializeOwned;

use super::listener::Registration;
use super::pipeline::Informer;
use crate::flow::{Cached, Deletion, Key, Notice};
use crate::indexer::{Lister, Store};

/// How an object went.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_enums, reason = "whoever handles deletions has to handle both")]
pub enum Gone<K> {
    /// The deletion was seen: this is the final state.
    Seen(Arc<K>),
    /// A list did not name it any more: this is the last state that was seen, not the final one.
    FinalStateUnknown(Arc<K>),
}

/// An informer of a kind that is known at compile time.
pub struct InformerHandle<K> {
    informer: Informer,
    callbacks: Arc<RwLock<Callbacks<K>>>,
    registration: Option<Registration>,
    kind: PhantomData<fn() -> K>,
}

type OnAdd<K> = Box<dyn Fn(Arc<K>) + Send + Sync>;
type OnUpdate<K> = Box<dyn Fn(Arc<K>, Arc<K>) + Send + Sync>;
type OnDelete<K> = Box<dyn Fn(Gone<K>) + Send + Sync>;

struct Callbacks<K> {
    add: Option<OnAdd<K>>,
    update: Option<OnUpdate<K>>,
    delete: Option<OnDelete<K>>,
    /// The objects that cannot be read now, with the last state that could be, if there was one.
    spoiled: Mutex<HashMap<Key, Option<Cached>>>,
}

impl<K> InformerHandle<K>
where
    K: HasMetadata + DeserializeOwned + Send + Sync + 'static,
{
    pub(super) fn new(informer: Informer) -> Self {
        Self {
            informer,
            callbacks: Arc::new(RwLock::new(Callbacks::default())),
            registration: None,
            kind: PhantomData,
        }
    }

    /// Calls a closure with each object that is new to it. One handler serves the three closures of
    /// a handle, so that they see one object's changes in order. An object that is not what its type
    /// says is reported by the cache; for the closures it stays as it was when it could be read last.
    #[must_use = "the handle waits for its closures"]
    pub fn on_add(mut self, call: impl Fn(Arc<K>) + Send + Sync + 'static) -> Self {
        self.callbacks.write().add = Some(Box::new(call));
        self.register();
        self
    }

    /// Calls a closure with the state before and the state now.
    #[must_use = "the handle waits for its closures"]
    pub fn on_update(mut self, call: impl Fn(Arc<K>, Arc<K>) + Send + Sync + 'static) -> Self {
        self.callbacks.write().update = Some(Box::new(call));
        self.register();
        self
    }

    /// Calls a closure with each object that is gone.
    #[must_use = "the handle waits for its closures"]
    pub fn on_delete(mut self, call: impl Fn(Gone<K>) + Send + Sync + 'static) -> Self {
        self.callbacks.write().delete = Some(Box::new(call));
        self.register();
        self
    }

    /// Adds an index, named by its function: `lister().by(function, &value)` uses it.
    #[must_use = "the handle reads the index"]
    pub fn index<F, I, V>(self, function: F) -> Self
    where
        F: Fn(&K) -> I + Send + Sync + 'static,
        I: IntoIterator<Item = V> + 'static,
        V: Clone + Eq + Hash + Send + Sync + 'static,
    {
        self.store().add_index(function);
        self
    }

    /// Adds an index of a label: `lister().labels("app=web")` uses it, also with further labels beside.
    #[must_use = "the handle reads the index"]
    pub fn index_label(self, label: &str) -> Self {
        self.store().add_label_index(label);
        self
    }

    /// Reads the cache.
    #[must_use]
    pub fn lister(&self) -> Lister<K> {
        self.informer.store().lister()
    }

    /// One object, after the server was asked about it if an answer about it was lost.
    ///
    /// # Errors
    /// When the server cannot be asked, or the object is not what its type says.
    pub async fn fresh(&self, key: &Key) -> Result<Option<Arc<K>>, Error> {
        self.informer.settle_one(key).await?;
        self.lister().find(key)
    }

    /// Waits until the cache has had a whole list, and the closures of this handle have dealt with it.
    ///
    /// # Cancel safety
    /// Dropping the future costs nothing.
    pub async fn synced(&self) {
        self.informer.synced().await;
        if let Some(registration) = &self.registration {
            registration.synced().await;
        }
    }

    /// The handler that calls the closures, if there are any: how far it is, and how to remove it.
    #[must_use]
    pub fn registration(&self) -> Option<&Registration> {
        self.registration.as_ref()
    }

    fn register(&mut self) {
        if self.registration.is_none() {
            let (store, callbacks) = (self.store().clone(), Arc::clone(&self.callbacks));
            let tell = move |notice: &Notice| callbacks.read().tell(&store, notice);
            self.registration = Some(self.informer.on(tell));
        }
    }
}

impl<K> Callbacks<K>
where
    K: HasMetadata + DeserializeOwned + Send + Sync + 'static,
{
    fn tell(&self, store: &Store, notice: &Notice) {
        match notice {
            Notice::Added { new, .. } => {
                let Some(call) = &self.add else { return };
                match store.read(new) {
                    Ok(new) => call(new),
                    Err(_) => _ = self.spoiled.lock().insert(new.key().clone(), None),
                }
            }
            Notice::Updated { old, new } => self.tell_updated(store, old, new),
            Notice::Deleted(deletion) => self.tell_deleted(store, deletion),
        }
    }

    /// What comes to be readable is new to the closures, unless it was readable before.
    fn tell_updated(&self, store: &Store, old: &Cached, new: &Cached) {
        let spoiled = self.spoiled.lock().remove(new.key());
        if self.update.is_none() && self.delete.is_none() && spoiled.is_none() {
            return;
        }
        let known = spoiled.unwrap_or_else(|| Some(old.clone()));
        let Ok(read) = store.read(new) else {
            let known = known.filter(|known| store.read::<K>(known).is_ok());
            self.spoiled.lock().insert(new.key().clone(), known);
            return;
        };
        match (known, &self.update) {
            (Some(_), None) => return,
            (Some(known), Some(call)) => {
                if let Ok(known) = store.read(&known) {
                    return call(known, read);
                }
            }
            (None, _) => {}
        }
        if let Some(call) = &self.add {
            call(read);
        }
    }

    /// Of what cannot be read at its end, the last state that could be is told.
    fn tell_deleted(&self, store: &Store, deletion: &Deletion) {
        let last = deletion.last_known();
        let spoiled = self.spoiled.lock().remove(last.key()).flatten();
        let Some(call) = &self.delete else { return };
        match (deletion, store.read(last)) {
            (Deletion::Seen(_), Ok(last)) => call(Gone::Seen(last)),
            (Deletion::FinalStateUnknown(_), Ok(last)) => call(Gone::FinalStateUnknown(last)),
            (_, Err(_)) => {
                if let Some(last) = spoiled.and_then(|spoiled| store.read(&spoiled).ok()) {
                    call(Gone::FinalStateUnknown(last));
                }
            }
        }
    }
}

impl<K> Default for Callbacks<K> {
    fn default() -> Self {
        Self { add: None, update: None, delete: None, spoiled: Mutex::default() }
    }
}

impl<K> Gone<K> {
    /// The last state that is known.
    #[must_use]
    pub fn last_known(&self) -> &Arc<K> {
        match self {
            Self::Seen(object) | Self::FinalStateUnknown(object) => object,
        }
    }
}

impl<K> Clone for InformerHandle<K> {
    fn clone(&self) -> Self {
        Self {
            informer: self.informer.clone(),
            callbacks: Arc::clone(&self.callbacks),
            registration: self.registration.clone(),
            kind: PhantomData,
        }
    }
}

impl<K> Deref for InformerHandle<K> {
    type Target = Informer;

    fn deref(&self) -> &Informer {
        &self.informer
    }
}

impl<K> fmt::Debug for InformerHandle<K> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("InformerHandle").field(&self.informer).finish()
    }
}
