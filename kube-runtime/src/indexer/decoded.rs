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
        if let Some(object) = self.held(cached) {
            return Ok(object);
        }
        let mut object: K = cached.decode()?;
        object.fill_kind(resource);
        let object = Arc::new(object);
        let any: Held = object.clone();
        let any = match cached.held() {
            None => any,
            Some(held) => match Arc::clone(held.get_or_init(|| any)).downcast() {
                Ok(object) => return Ok(object),
                // It is held as another type.
                Err(_) => object.clone(),
            },
        };
        let mut shared = self.shared.lock();
        if shared.objects.len() >= shared.limit {
            shared.objects.retain(|_, object| object.strong_count() > 0);
            shared.limit = shared.objects.len() * 2 + SWEEP;
        }
        shared.objects.insert(cached.serial(), Arc::downgrade(&any));
        Ok(object)
    }

    fn held<K: Send + Sync + 'static>(&self, cached: &Cached) -> Option<Arc<K>> {
        let stays = cached.held().and_then(|held| held.get().cloned()?.downcast().ok());
        stays.or_else(|| {
            let object = self.shared.lock().objects.get(&cached.serial())?.upgrade()?;
            object.downcast().ok()
        })
    }
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
