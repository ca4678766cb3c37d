//! What a controller needs before its first reconcile, collected by type: informers, triggers, permissions, states.

use std::any::TypeId;
use std::any::type_name;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use kube_core::ApiResource;
use kube_core::Resource;
use kube_core::request::Verb;

use super::listers::Listers;
use super::permissions::Permissions;
use super::plan::Plan;
use super::plan::Use;
use super::plan::function_name;
use crate::error::Error;
use crate::error::Result;
use crate::flow::Key;
use crate::handler::Itself;
use crate::handler::Mapped;
use crate::handler::Owner;
use crate::handler::to_queue;
use crate::indexer::Lister;
use crate::informer::Informers;
use crate::workqueue::WorkQueue;

/// How many reconciles of one controller run at the same time when nothing else is said.
const WORKERS: usize = 4;

/// Connects one thing at start: opens an informer, or adds a trigger to one.
type Connect = Box<dyn Fn(&mut Connections<'_>) + Send + Sync>;

/// What connecting works on.
pub(crate) struct Connections<'start> {
    pub(crate) informers: &'start Informers,
    pub(crate) listers: &'start mut Listers,
    pub(crate) queue: &'start WorkQueue<Key>,
}

/// A state that an argument asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NeededState {
    pub(crate) id: TypeId,
    pub(crate) name: &'static str,
}

/// What the signature and the attribute of a reconcile function say, as values. `#[controller]` fills it in.
pub struct Wiring {
    pub(crate) primary: ApiResource,
    pub(crate) permissions: Permissions,
    pub(crate) states: Vec<NeededState>,
    pub(crate) workers: usize,
    pub(crate) timeout: Option<Duration>,
    /// What is connected, for people.
    pub(crate) plan: Plan,
    lists: Vec<Connect>,
    triggers: Vec<Connect>,
    /// What was said that cannot be; told at start.
    pub(crate) mistakes: Vec<String>,
}

/// The resource of events, which every controller may write.
const EVENTS: ApiResource =
    ApiResource::of("events.k8s.io", "v1", "Event", "events", kube_core::Scope::Namespaced);

impl Wiring {
    /// What a controller of `K` needs in any case: to follow and patch its objects, their status, and to record events.
    pub(crate) fn of<K: Resource>() -> Self {
        let mut permissions = Permissions::default();
        permissions.allow(&K::RESOURCE, None, &[Verb::Get, Verb::List, Verb::Watch, Verb::Patch]);
        permissions.allow(&K::RESOURCE, Some("status"), &[Verb::Get, Verb::Patch, Verb::Update]);
        // For servers that check who may set `blockOwnerDeletion`.
        permissions.allow(&K::RESOURCE, Some("finalizers"), &[Verb::Update]);
        permissions.allow(&EVENTS, None, &[Verb::Create, Verb::Patch]);
        let mut wiring = Self {
            primary: K::RESOURCE,
            permissions,
            states: Vec::new(),
            workers: WORKERS,
            timeout: None,
            plan: Plan::default(),
            lists: Vec::new(),
            triggers: Vec::new(),
            mistakes: Vec::new(),
        };
        wiring.plan.add(&K::RESOURCE, Use::Primary);
        wiring.opens::<K>();
        wiring.triggers.push(Box::new(|connections| {
            let queue = connections.queue.clone();
            connections.informers.of::<K>().on(to_queue(Itself, move |key| queue.add(key)));
        }));
        wiring
    }

    /// The objects that the reconciled one owns: a change of one leads to a reconcile of its owner, and the controller may write them.
    pub fn owns<T: Resource>(&mut self) {
        let verbs = [Verb::Get, Verb::List, Verb::Watch, Verb::Create, Verb::Patch, Verb::Delete];
        self.permissions.allow(&T::RESOURCE, None, &verbs);
        self.plan.add(&T::RESOURCE, Use::Owned);
        self.opens::<T>();
        let primary = self.primary.clone();
        self.triggers.push(Box::new(move |connections| {
            let queue = connections.queue.clone();
            let owner = Owner::of_resource(&primary);
            connections.informers.of::<T>().on(to_queue(owner, move |key| queue.add(key)));
        }));
    }

    /// Other objects that matter: `by` says which objects of the controller's kind to reconcile when one changes; it is asked for the old and the new one.
    pub fn watches<T, P, I>(&mut self, by: impl Fn(&T, &Lister<P>) -> I + Send + Sync + 'static)
    where
        T: Resource,
        P: Resource,
        I: IntoIterator<Item = Key> + 'static,
    {
        self.plan.add(&T::RESOURCE, Use::Watched(function_name(&by)));
        self.reads::<T>();
        self.lists::<P>();
        let by = Arc::new(by);
        self.triggers.push(Box::new(move |connections| {
            let queue = connections.queue.clone();
            let primaries = connections.informers.of::<P>().lister();
            let by = Arc::clone(&by);
            let informer = connections.informers.of::<T>();
            let map = move |object: &T| by(object, &primaries);
            let mapped = Mapped::new(informer.lister().store().clone(), map);
            informer.on(to_queue(mapped, move |key| queue.add(key)));
        }));
    }

    /// A kind whose objects are read from the cache.
    pub fn lists<T: Resource>(&mut self) {
        self.plan.add(&T::RESOURCE, Use::Read);
        self.reads::<T>();
    }

    fn reads<T: Resource>(&mut self) {
        self.permissions.allow(&T::RESOURCE, None, &[Verb::Get, Verb::List, Verb::Watch]);
        self.opens::<T>();
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

    /// How many reconciles run at the same time; never two of one key.
    pub fn workers(&mut self, workers: usize) {
        if workers == 0 {
            self.mistakes.push("`workers = 0` would reconcile nothing: use at least 1".to_owned());
        }
        self.workers = workers;
    }

    /// How long one reconcile may take. One that takes longer is dropped and counts as failed.
    pub fn timeout(&mut self, timeout: Duration) {
        self.timeout = Some(timeout);
    }

    fn opens<T: Resource>(&mut self) {
        self.lists.push(Box::new(|connections| {
            connections.listers.insert(&connections.informers.of::<T>());
        }));
    }

    /// Opens every informer and connects every trigger.
    pub(crate) fn connect(&self, connections: &mut Connections<'_>) {
        for connect in self.lists.iter().chain(&self.triggers) {
            connect(connections);
        }
    }

    /// Fails with everything that was declared and cannot be.
    pub(crate) fn check(&self, controller: &str) -> Result<()> {
        if self.mistakes.is_empty() {
            return Ok(());
        }
        let mistakes = self.mistakes.join("; ");
        Err(Error::msg(format!("controller `{controller}` cannot be started: {mistakes}")))
    }
}

impl fmt::Debug for Wiring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Wiring")
            .field("primary", &self.primary)
            .field("permissions", &self.permissions)
            .field("states", &self.states)
            .field("workers", &self.workers)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
