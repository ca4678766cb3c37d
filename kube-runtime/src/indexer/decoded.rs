//! A cached state in; the typed object out, the same one for everybody who reads it while somebody holds it.

use std::any::Any;
use std::fmt::{self, Formatter};
use std::sync::{Arc, Weak};

use hashbrown::HashMap;
use kube_core::{ApiResource, HasMetadata};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;

use crate::flow::{Cached, Held, Undecodable};

/// A weak reference keeps the memory of its object; so many dead ones are kept at most.
const SWEEP: usize = 256;

/// Decoded objects that somebody holds.
#[derive(Default)]
pub(super) struct Decoded {
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    /// By the number of the state.
    objects: HashMap<u64, Weak<dyn Any + Send + Sync>>,
    /// Swept when there are as many as this.
    limit: usize,
}

impl Decoded {
    /// Reads a state as a type. Where two types read one cache, the later one is shared.
    pub(super) fn read<K>(
        &self,
        cached: &Cached,
        resource: &ApiResource,
    ) -> Result<Arc<K>, Undecodable>
    where
        K: HasMetadata + DeserializeOwned + Send + Sync + 'static,
    {
        let held = kept(cached).or_else(|| self.shared.lock().held(cached));
        if let Some(object) = held {
            return Ok(object);
        }
        let object = fresh(cached, resource)?;
        self.shared.lock().hold(cached, &object);
        Ok(object)
    }

    /// The same for many states, in their order. The lock is taken twice, not for each of them.
    pub(super) fn read_all<K>(
        &self,
        states: &[Cached],
        resource: &ApiResource,
    ) -> Vec<Result<Arc<K>, Undecodable>>
    where
        K: HasMetadata + DeserializeOwned + Send + Sync + 'static,
    {
        let known: Vec<Option<Arc<K>>> = {
            let shared = self.shared.lock();
            states.iter().map(|cached| kept(cached).or_else(|| shared.held(cached))).collect()
        };
        let mut news = Vec::new();
        let mut read = |(cached, known): (&Cached, Option<Arc<K>>)| match known {
            Some(object) => Ok(object),
            None => fresh(cached, resource)
                .inspect(|object| news.push((cached.clone(), Arc::clone(object)))),
        };
        let objects = states.iter().zip(known).map(&mut read).collect();
        if !news.is_empty() {
            let mut shared = self.shared.lock();
            news.iter().for_each(|(cached, object)| shared.hold(cached, object));
        }
        objects
    }
}

impl Shared {
    fn held<K: Send + Sync + 'static>(&self, cached: &Cached) -> Option<Arc<K>> {
        self.objects.get(&cached.serial())?.upgrade()?.downcast().ok()
    }

    fn hold<K: Send + Sync + 'static>(&mut self, cached: &Cached, object: &Arc<K>) {
        if kept::<K>(cached).is_some() {
            return;
        }
        if self.objects.len() >= self.limit {
            self.objects.retain(|_, object| object.strong_count() > 0);
            self.limit = self.objects.len() * 2 + SWEEP;
        }
        let object: Held = Arc::clone(object) as _;
        self.objects.insert(cached.serial(), Arc::downgrade(&object));
    }
}

/// The object that a state keeps as long as it is there, if it keeps one, of this type.
fn kept<K: Send + Sync + 'static>(cached: &Cached) -> Option<Arc<K>> {
    cached.held()?.get().cloned()?.downcast().ok()
}

/// Decodes a state. One that keeps its object may have got it from somebody else meanwhile: then that one counts.
fn fresh<K>(cached: &Cached, resource: &ApiResource) -> Result<Arc<K>, Undecodable>
where
    K: HasMetadata + DeserializeOwned + Send + Sync + 'static,
{
    let mut object: K = cached.decode()?;
    object.fill_kind(resource);
    let object = Arc::new(object);
    let Some(place) = cached.held() else { return Ok(object) };
    let first = Arc::clone(place.get_or_init(|| Arc::clone(&object) as _));
    Ok(first.downcast().unwrap_or(object))
}

impl fmt::Debug for Decoded {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "Decoded({})", self.shared.lock().objects.len())
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube_core::Resource;

    use super::*;
    use crate::flow::sample::object;

    fn state(number: u64) -> Cached {
        Cached::raw(&object("x", number))
    }

    fn remembered(decoded: &Decoded) -> usize {
        decoded.shared.lock().objects.len()
    }

    #[test]
    fn what_nobody_holds_any_more_is_forgotten_and_what_somebody_holds_is_not() {
        let decoded = Decoded::default();
        let states: Vec<Cached> = (0..100).map(state).collect();
        let held: Vec<Arc<ConfigMap>> = states
            .iter()
            .map(|cached| decoded.read(cached, &ConfigMap::RESOURCE).unwrap())
            .collect();
        for number in 0..5000 {
            decoded.read::<ConfigMap>(&state(number), &ConfigMap::RESOURCE).unwrap();
            assert!(remembered(&decoded) <= 2 * held.len() + SWEEP + 1);
        }
        assert!(remembered(&decoded) >= held.len());
        for (cached, held) in states.iter().zip(&held) {
            assert!(Arc::ptr_eq(held, &decoded.read(cached, &ConfigMap::RESOURCE).unwrap()));
        }
    }

    #[test]
    fn many_are_read_as_one_is_and_what_cannot_be_read_is_told_at_its_place() {
        let decoded = Decoded::default();
        let broken = crate::flow::sample::object_with("x", 2, &serde_json::json!({"data": 7}));
        let states = [state(1), Cached::raw(&broken), state(3)];
        let first = decoded.read::<ConfigMap>(&states[0], &ConfigMap::RESOURCE).unwrap();
        let all = decoded.read_all::<ConfigMap>(&states, &ConfigMap::RESOURCE);
        assert!(Arc::ptr_eq(&first, all[0].as_ref().unwrap()));
        assert_eq!(all[1].as_ref().unwrap_err().resource_version, "2");
        let again = decoded.read::<ConfigMap>(&states[2], &ConfigMap::RESOURCE).unwrap();
        assert!(Arc::ptr_eq(&again, all[2].as_ref().unwrap()));
    }

    #[test]
    fn the_search_for_the_forgotten_comes_seldom() {
        let decoded = Decoded::default();
        let states: Vec<Cached> = (0..1000).map(state).collect();
        let held: Vec<Arc<ConfigMap>> = states
            .iter()
            .map(|cached| decoded.read(cached, &ConfigMap::RESOURCE).unwrap())
            .collect();
        let limit = decoded.shared.lock().limit;
        assert!(
            limit >= held.len() + SWEEP,
            "{limit}: it would look at all of them again and again"
        );
    }
}
