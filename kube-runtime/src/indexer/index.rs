//! A function from an object to values in; which objects have a value out.
//!
//! Mirrors: client-go tools/cache/index.go, thread_safe_store.go
//! Differs: an index is named by its function and typed; a function that panics costs its object a
//! place in this index, not the process.

use std::any::{Any, TypeId, type_name};
use std::borrow::Borrow;
use std::fmt::{self, Formatter};
use std::hash::Hash;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

use hashbrown::{HashMap, HashSet};
use serde::de::DeserializeOwned;

/// Where an object stands in the store.
pub(super) type Id = u32;

/// What tells an index from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// The type of its function.
    Function(TypeId),
    Label(Box<str>),
}

/// One index, of whatever type its values are.
pub(super) trait Index: Send + Sync {
    /// What tells it from others.
    fn name(&self) -> &Name;
    /// The values of an object: the costly part, done before anything is locked.
    fn values(&self, object: &dyn Any) -> Box<dyn Any + Send>;
    /// Decodes an object to the type that the function takes; what cannot be decoded is in no index.
    fn decode(&self, json: &[u8]) -> Option<Box<dyn Any>>;
    /// The type that the function takes.
    fn takes(&self) -> TypeId;
    /// The object has these values now, and no others.
    fn put(&mut self, id: Id, values: Box<dyn Any + Send>);
    /// The object has no values any more.
    fn remove(&mut self, id: Id);
    fn as_any(&self) -> &dyn Any;
}

/// The index of one function.
pub(super) struct ByFunction<K, F, V> {
    name: Name,
    function: F,
    ids: HashMap<V, HashSet<Id>>,
    values: HashMap<Id, Box<[V]>>,
    object: PhantomData<fn(&K)>,
}

impl<K, F: 'static, V> ByFunction<K, F, V> {
    pub(super) fn new(function: F) -> Self {
        Self::named(Name::Function(TypeId::of::<F>()), function)
    }

    pub(super) fn named(name: Name, function: F) -> Self {
        let (ids, values) = (HashMap::new(), HashMap::new());
        Self { name, function, ids, values, object: PhantomData }
    }
}

impl<K, F, V: Eq + Hash> ByFunction<K, F, V> {
    /// Which objects have this value.
    pub(super) fn having<Q>(&self, value: &Q) -> impl Iterator<Item = Id>
    where
        V: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.ids.get(value).into_iter().flatten().copied()
    }

    /// How many values it knows objects for.
    #[cfg(test)]
    pub(super) fn values_kept(&self) -> usize {
        self.ids.len()
    }

    fn take_out(&mut self, id: Id) {
        for value in self.values.remove(&id).unwrap_or_default() {
            if let Some(ids) = self.ids.get_mut(&value) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.ids.remove(&value);
                }
            }
        }
    }
}

impl<K, F, I, V> Index for ByFunction<K, F, V>
where
    K: DeserializeOwned + 'static,
    F: Fn(&K) -> I + Send + Sync + 'static,
    I: IntoIterator<Item = V>,
    V: Clone + Eq + Hash + Send + Sync + 'static,
{
    fn name(&self) -> &Name {
        &self.name
    }

    fn values(&self, object: &dyn Any) -> Box<dyn Any + Send> {
        let values = object.downcast_ref::<K>().map(|object| {
            let call = || (self.function)(object).into_iter().collect::<Box<[V]>>();
            catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| {
                tracing::error!(
                    index = type_name::<F>(),
                    "an index function panicked; the object is not in this index"
                );
                Box::default()
            })
        });
        Box::new(values.unwrap_or_default())
    }

    fn decode(&self, json: &[u8]) -> Option<Box<dyn Any>> {
        let object: K = serde_json::from_str(std::str::from_utf8(json).ok()?).ok()?;
        Some(Box::new(object))
    }

    fn takes(&self) -> TypeId {
        TypeId::of::<K>()
    }

    fn put(&mut self, id: Id, values: Box<dyn Any + Send>) {
        let Ok(values) = values.downcast::<Box<[V]>>() else { return };
        if self.values.get(&id).is_some_and(|present| **present == **values) {
            return;
        }
        self.take_out(id);
        for value in &**values {
            self.ids.entry(value.clone()).or_default().insert(id);
        }
        if !values.is_empty() {
            self.values.insert(id, *values);
        }
    }

    fn remove(&mut self, id: Id) {
        self.take_out(id);
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl fmt::Debug for dyn Index {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.name())
    }
}
