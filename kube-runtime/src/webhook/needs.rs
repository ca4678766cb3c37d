//! What webhooks must have before the first question, collected by type: caches, permissions, states.

use std::any::TypeId;
use std::any::type_name;
use std::fmt;

use kube_core::Resource;
use kube_core::request::Verb;

use crate::informer::InformerHandle;
use crate::informer::Informers;
use crate::reconcile::Permissions;
use crate::reconcile::listers::Listers;
use crate::reconcile::wiring::NeededState;

/// Opens the caches of a kind at start.
type Open = Box<dyn Fn(&Informers, Option<&[String]>, &mut Listers) + Send + Sync>;

/// What the arguments of a webhook function and its attribute say. `#[webhook]` fills it in.
#[derive(Default)]
pub struct Needs {
    pub(crate) permissions: Permissions,
    pub(crate) states: Vec<NeededState>,
    lists: Vec<Open>,
}

impl Needs {
    /// A kind whose objects are read from the cache.
    pub fn lists<T: Resource>(&mut self) {
        self.permissions.allow(&T::RESOURCE, None, &[Verb::Get, Verb::List, Verb::Watch]);
        self.lists.push(Box::new(|informers, namespaces, listers| {
            let all: Vec<InformerHandle<T>> = match namespaces {
                Some(names) if T::RESOURCE.is_namespaced() => {
                    names.iter().map(|name| informers.clone().namespace(name).of()).collect()
                }
                _ => vec![informers.of()],
            };
            listers.insert(&all);
        }));
    }

    /// A value that must have been given to the operator.
    pub fn needs_state<T: Send + Sync + 'static>(&mut self) {
        self.states.push(NeededState { id: TypeId::of::<T>(), name: type_name::<T>() });
    }

    /// What goes through a plain `Client`.
    pub fn permissions<T: Resource>(&mut self, verbs: &[Verb]) {
        self.permissions.allow(&T::RESOURCE, None, verbs);
    }

    /// The same for a subresource, as `scale`.
    pub fn subresource_permissions<T: Resource>(&mut self, subresource: &str, verbs: &[Verb]) {
        self.permissions.allow(&T::RESOURCE, Some(subresource), verbs);
    }

    /// Opens every cache.
    pub(crate) fn open(&self, informers: &Informers, namespaces: Option<&[String]>) -> Listers {
        let mut listers = Listers::default();
        self.lists.iter().for_each(|open| open(informers, namespaces, &mut listers));
        listers
    }
}

impl fmt::Debug for Needs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Needs")
            .field("permissions", &self.permissions)
            .field("states", &self.states)
            .finish_non_exhaustive()
    }
}
