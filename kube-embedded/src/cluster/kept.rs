//! What was made of stored objects: made again when one of them changes, forgotten when it goes.

use crate::store::ResourceId;
use crate::store::Store;
use crate::store::Stored;
use parking_lot::Mutex;
use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

type Made = Arc<dyn Any + Send + Sync>;
/// By name: the revision that it was made of, and what was made.
type Named = HashMap<Box<str>, (u64, Made)>;

/// One value for each object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept(Arc<Mutex<HashMap<ResourceId, Named>>>);

impl Kept {
    /// What `make` makes of every cluster-scoped object of the resource, in the order of their names. One resource is always
    /// asked for with one type.
    pub(crate) fn of<T: Any + Send + Sync>(
        &self,
        store: &Store,
        resource: &ResourceId,
        make: impl Fn(&Stored) -> T,
    ) -> Vec<Arc<T>> {
        let objects = store.list(resource, None);
        let known = self.0.lock().get(resource).cloned().unwrap_or_default();
        let (mut all, mut changed) = (Vec::with_capacity(objects.len()), false);
        let mut now = HashMap::with_capacity(objects.len());
        for object in &objects {
            let there =
                known.get(&object.name).filter(|(revision, _)| *revision == object.revision);
            let there = there.and_then(|(_, made)| Arc::clone(made).downcast::<T>().ok());
            // Nothing is locked while it is made.
            let made = there.unwrap_or_else(|| {
                changed = true;
                Arc::new(make(object))
            });
            now.insert(object.name.clone(), (object.revision, Arc::clone(&made) as Made));
            all.push(made);
        }
        if changed || known.len() != now.len() {
            self.0.lock().insert(resource.clone(), now);
        }
        all
    }
}
