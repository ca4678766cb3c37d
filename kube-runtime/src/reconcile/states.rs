//! Values by type: what the operator was given with `.state(..)`, for whoever asks with `State<T>`.

use std::any::Any;
use std::any::TypeId;
use std::any::type_name;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// One value for each type.
#[derive(Clone, Default)]
pub struct States {
    values: HashMap<TypeId, (&'static str, Arc<dyn Any + Send + Sync>)>,
}

impl States {
    /// Keeps a value; an earlier one of the same type is replaced.
    pub fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        self.share(Arc::new(value));
    }

    /// Keeps a value that others hold too.
    pub fn share<T: Send + Sync + 'static>(&mut self, value: Arc<T>) {
        self.values.insert(TypeId::of::<T>(), (type_name::<T>(), value));
    }

    /// The value of this type.
    #[must_use]
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let (_, value) = self.values.get(&TypeId::of::<T>())?;
        Arc::clone(value).downcast().ok()
    }

    /// Whether there is a value of the type with this id.
    #[must_use]
    pub fn has(&self, id: TypeId) -> bool {
        self.values.contains_key(&id)
    }
}

/// Shows the types only: a value may be a secret.
impl fmt::Debug for States {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<_> = self.values.values().map(|(name, _)| *name).collect();
        names.sort_unstable();
        formatter.debug_list().entries(names).finish()
    }
}
