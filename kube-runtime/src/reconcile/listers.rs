//! The caches that a controller reads, by type of object.
//!
//! Before a reconcile reads them, the server is asked about every object of which an answer was lost.

use std::any::Any;
use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;

use kube_core::Resource;

use crate::indexer::Lister;
use crate::informer::Informer;
use crate::informer::InformerHandle;

/// One lister for each type.
#[derive(Default)]
pub(crate) struct Listers {
    listers: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
    informers: Vec<Informer>,
}

impl Listers {
    /// The informers of a kind, one for each namespace if it is followed in some only.
    pub(crate) fn insert<T: Resource>(&mut self, informers: &[InformerHandle<T>]) {
        let lister = Lister::<T>::over(informers.iter().map(|it| it.store().clone()));
        if self.listers.insert(TypeId::of::<T>(), Box::new(lister)).is_none() {
            self.informers.extend(informers.iter().map(|informer| Informer::clone(informer)));
        }
    }

    pub(crate) fn get<T: Resource>(&self) -> Option<&Lister<T>> {
        self.listers.get(&TypeId::of::<T>())?.downcast_ref()
    }

    /// Finds out what became of writes whose answers were lost; costs nothing when there are none.
    pub(crate) async fn settle(&self) -> kube_core::Result<()> {
        for informer in &self.informers {
            informer.settle().await?;
        }
        Ok(())
    }
}

impl fmt::Debug for Listers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} listers", self.listers.len())
    }
}
