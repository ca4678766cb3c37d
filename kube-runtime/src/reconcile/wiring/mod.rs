//! What a controller needs before its first reconcile, collected by type: informers, triggers, permissions, states.

mod changes;
mod connect;
mod gate;
mod selection;

use std::any::TypeId;
use std::any::type_name;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use kube_core::ApiResource;
use kube_core::DynamicObject;
use kube_core::Resource;
use kube_core::request::Verb;

use super::apply_set::Members;
use super::apply_set::members;
use super::permissions::Permissions;
use super::permissions::is_allowed;
use super::plan::Plan;
use super::plan::Use;
use super::plan::function_name;
use crate::error::Error;
use crate::error::Result;
use crate::flow::Key;
use crate::handler::Mapped;
use crate::handler::Owner;
use crate::indexer::Lister;
use crate::indexer::Store;
use crate::workqueue::RateLimiter;
use crate::workqueue::WorkQueue;
use crate::workqueue::limiter::controller_default;

pub use changes::Changes;
pub(crate) use connect::Connections;
pub(crate) use gate::Gate;
use selection::Selection;

/// How many reconciles of one controller run at the same time when nothing else is said.
const WORKERS: usize = 4;

/// Opens one thing at start: an informer, an index of one.
type Open = Box<dyn Fn(&mut Connections<'_>) + Send + Sync>;

/// Adds a handler to an informer at start; it is told of what passes the gate.
type Connect = Box<dyn Fn(&Connections<'_>, &Gate) + Send + Sync>;

/// Makes the limiter of a queue.
type Limit = Box<dyn Fn() -> Box<dyn RateLimiter<Key>> + Send + Sync>;

/// Changes of a kind that lead to reconciles.
pub(crate) struct Source {
    pub(crate) resource: ApiResource,
    /// What is reconciled then.
    pub(crate) means: Use,
    pub(crate) gate: Gate,
    connect: Connect,
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
    /// The kinds of which it may ask for a reconcile.
    pub(crate) triggered: Vec<ApiResource>,
    pub(crate) workers: usize,
    /// Whether only the replica that leads reconciles.
    pub(crate) leads: bool,
    pub(crate) timeout: Option<Duration>,
    /// What is connected, for people.
    pub(crate) plan: Plan,
    /// Which changes of the primary objects matter.
    pub(crate) gate: Gate,
    /// Which of them are followed.
    pub(crate) selection: Selection,
    /// The only namespaces that it deals with, if there are such; sorted, each once.
    pub(crate) namespaces: Option<Arc<[String]>>,
    pub(crate) resync: Option<Duration>,
    /// What the limiter is called, if it is not the default.
    pub(crate) limiter: Option<&'static str>,
    rate_limit: Limit,
    lists: Vec<Open>,
    pub(crate) sources: Vec<Source>,
    /// Ways to the objects of the owned kinds.
    pub(crate) members: Vec<Members>,
    /// Whether what was reconciled is kept, for the next reconcile to look at.
    pub(crate) remembers: bool,
    follow: fn(&Self, &Connections<'_>),
    /// What was said that cannot be; told at start.
    pub(crate) mistakes: Vec<String>,
}

impl Wiring {
    /// What a controller of `K` needs in any case: to follow its objects; to patch them and the status that they have, if the kind is its own.
    /// Objects of Kubernetes itself belong to many: what is done to them is declared.
    pub(crate) fn of<K: Resource>() -> Self {
        let mut permissions = Permissions::default();
        permissions.allow_of::<K>(&[Verb::Get, Verb::List, Verb::Watch]);
        if K::custom_definition().is_some() && is_allowed::<K>(Verb::Patch) {
            // Also without a cleanup: a former version of the controller that had one may have left its mark.
            permissions.allow_of::<K>(&[Verb::Patch]);
            if K::first_status().is_some() {
                permissions.allow(&K::RESOURCE, Some("status"), &[Verb::Patch]);
            }
        }
        let mut wiring = Self {
            primary: K::RESOURCE,
            permissions,
            states: Vec::new(),
            workers: WORKERS,
            leads: true,
            timeout: None,
            plan: Plan::default(),
            gate: Gate::default(),
            selection: Selection::default(),
            namespaces: None,
            resync: None,
            limiter: None,
            rate_limit: Box::new(|| Box::new(controller_default())),
            lists: Vec::new(),
            sources: Vec::new(),
            triggered: Vec::new(),
            members: Vec::new(),
            remembers: false,
            follow: |wiring, connections| connections.follow::<K>(&wiring.gate, wiring.resync),
            mistakes: Vec::new(),
        };
        wiring.plan.add(&K::RESOURCE, Use::Primary);
        wiring.opens::<K>();
        wiring
    }

    /// Objects are held until they were cleaned up after.
    pub(crate) fn holds<K: Resource>(&mut self) {
        self.permissions.allow_of::<K>(&[Verb::Patch]);
    }

    /// The objects that the reconciled one owns: a change of one leads to a reconcile of its owner, and the controller may apply them. They go
    /// with their owner; whoever deletes some of them before says so with `permissions::<T>(&[Verb::Delete])`.
    pub fn owns<T: Resource>(&mut self) -> Changes<'_, T> {
        let verbs = [Verb::Get, Verb::List, Verb::Watch, Verb::Create, Verb::Patch];
        self.permissions.allow_of::<T>(&verbs);
        // For servers that check who may set `blockOwnerDeletion`.
        self.permissions.allow(&self.primary, Some("finalizers"), &[Verb::Update]);
        self.plan.add(&T::RESOURCE, Use::Owned);
        self.opens::<T>();
        self.members.push(members::<T>);
        let primary = self.primary.clone();
        self.on(T::RESOURCE, Use::Owned, move |connections, gate| {
            connections.on(connections.all::<T>(), gate, |_| Owner::of_resource(&primary));
        })
    }

    /// Other objects that matter: `by` says which objects of the controller's kind to reconcile when one changes; it is asked for the old and the new one.
    pub fn watches<T, P, I>(
        &mut self,
        by: impl Fn(&T, &Lister<P>) -> I + Send + Sync + 'static,
    ) -> Changes<'_, T>
    where
        T: Resource,
        P: Resource,
        I: IntoIterator<Item = Key> + 'static,
    {
        let means = Use::Watched(function_name(&by).unwrap_or("a closure"));
        self.plan.add(&T::RESOURCE, means);
        self.reads::<T>();
        self.lists::<P>();
        let by = Arc::new(by);
        self.on(T::RESOURCE, means, move |connections, gate| {
            let primaries = connections.lister::<P>();
            connections.on(connections.all::<T>(), gate, |informer| {
                let (by, primaries) = (Arc::clone(&by), primaries.clone());
                Mapped::new(informer.store().clone(), move |object: &T| by(object, &primaries))
            });
        })
    }

    /// As [`watches`](Self::watches), of a kind that no type of this program stands for; its objects are JSON.
    ///
    /// ```
    /// use k8s_openapi::api::core::v1::ConfigMap;
    /// use kube_runtime::controller::Controller;
    /// use kube_runtime::core::{ApiResource, DynamicObject, Scope};
    /// use kube_runtime::flow::{Action, Key};
    /// use kube_runtime::indexer::Lister;
    /// use kube_runtime::reconcile::Object;
    ///
    /// const CERTIFICATES: ApiResource =
    ///     ApiResource::of("cert-manager.io", "v1", "Certificate", "certificates", Scope::Namespaced);
    ///
    /// fn of_its_name(certificate: &DynamicObject, _: &Lister<ConfigMap>) -> Option<Key> {
    ///     certificate.data["spec"]["secretName"].is_string().then(|| Key::of(certificate))
    /// }
    ///
    /// async fn mirror(_map: Object<ConfigMap>) -> kube_runtime::Result<Action> {
    ///     Ok(Action::done())
    /// }
    ///
    /// let controller = Controller::of("mirror", mirror).wired(|wiring| {
    ///     wiring.watches_dynamic(CERTIFICATES, of_its_name);
    /// });
    /// # _ = controller;
    /// ```
    pub fn watches_dynamic<P, I>(
        &mut self,
        resource: ApiResource,
        by: impl Fn(&DynamicObject, &Lister<P>) -> I + Send + Sync + 'static,
    ) -> Changes<'_, DynamicObject>
    where
        P: Resource,
        I: IntoIterator<Item = Key> + 'static,
    {
        let means = Use::Watched(function_name(&by).unwrap_or("a closure"));
        self.plan.add(&resource, means);
        self.permissions.allow(&resource, None, &[Verb::Get, Verb::List, Verb::Watch]);
        self.lists::<P>();
        let (by, watched) = (Arc::new(by), resource.clone());
        self.on(resource, means, move |connections, gate| {
            let primaries = connections.lister::<P>();
            connections.on(connections.dynamic(&watched), gate, |informer| {
                let (by, primaries) = (Arc::clone(&by), primaries.clone());
                let by = move |object: &DynamicObject| by(object, &primaries);
                Mapped::new(informer.store().clone(), by)
            });
        })
    }

    /// An index of a kind, which is read from the cache: [`Lister::by`] with this very function costs what it answers, not what the cache holds.
    ///
    /// An index is named by its function, so controllers that name the same one share it. The function is called while the cache is locked: it
    /// must not read a cache.
    pub fn index<T, F, I, V>(&mut self, function: F)
    where
        T: Resource,
        F: Fn(&T) -> I + Clone + Send + Sync + 'static,
        I: IntoIterator<Item = V> + 'static,
        V: Clone + Eq + Hash + Send + Sync + 'static,
    {
        let by = function_name(&function).unwrap_or("a closure");
        self.indexed::<T>(by, move |store| store.add_index(function.clone()));
    }

    /// An index of a label of a kind, which is read from the cache: `Lister::labels("app=web")` costs what it finds then, also with further labels
    /// beside.
    pub fn index_label<T: Resource>(&mut self, label: &'static str) {
        self.indexed::<T>(label, move |store| store.add_label_index(label));
    }

    fn indexed<T: Resource>(
        &mut self,
        by: &'static str,
        add: impl Fn(&Store) + Send + Sync + 'static,
    ) {
        self.lists::<T>();
        self.plan.add(&T::RESOURCE, Use::Indexed(by));
        self.lists.push(Box::new(move |connections| {
            for informer in connections.all::<T>() {
                add(informer.store());
            }
        }));
    }

    /// A kind whose objects are read from the cache.
    pub fn lists<T: Resource>(&mut self) {
        self.plan.add(&T::RESOURCE, Use::Read);
        self.reads::<T>();
    }

    fn reads<T: Resource>(&mut self) {
        self.permissions.allow_of::<T>(&[Verb::Get, Verb::List, Verb::Watch]);
        self.opens::<T>();
    }

    /// A value that must have been given to the operator.
    pub fn needs_state<T: Send + Sync + 'static>(&mut self) {
        self.states.push(NeededState { id: TypeId::of::<T>(), name: type_name::<T>() });
    }

    /// A kind of which it asks for reconciles; another controller of the operator, or this one, reconciles it.
    pub fn triggers<T: Resource>(&mut self) {
        if !self.triggered.contains(&T::RESOURCE) {
            self.triggered.push(T::RESOURCE);
        }
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

    /// Whether only the replica that leads reconciles, where there is leader election; so it is when nothing is said. With `false` every replica does,
    /// whether it leads or not, and its writes through `Cx` and `Client` leave on every replica: it is for what belongs to a replica, as files on its
    /// node. What replicas do to the same objects at the same time is theirs to get right.
    pub fn leads(&mut self, leads: bool) {
        self.leads = leads;
    }

    /// How long one reconcile may take. One that takes longer is dropped and counts as failed.
    pub fn timeout(&mut self, timeout: Duration) {
        self.timeout = Some(timeout);
    }

    /// Reconciles every object again after this time, though nothing changed, from what the cache has; at least a second. It is for what is
    /// kept in order outside of the cluster: whatever changes in the cluster leads to a reconcile by itself.
    pub fn resync(&mut self, period: Duration) {
        if period < Duration::from_secs(1) {
            self.mistakes.push(format!("a resync every {period:?} is too much: use at least 1s"));
        }
        self.resync = Some(period);
    }

    /// How long an object whose reconcile failed waits: `limiter` makes the limiter of this controller's queue. When nothing else is said it is
    /// [`controller_default`].
    pub fn rate_limit<L: RateLimiter<Key>>(
        &mut self,
        limiter: impl Fn() -> L + Send + Sync + 'static,
    ) {
        self.limiter = Some(super::plan::type_name::<L>());
        self.rate_limit = Box::new(move || Box::new(limiter()));
    }

    /// Keeps what was reconciled last, for [`Previous`](super::Previous).
    pub(crate) fn remember(&mut self) {
        self.remembers = true;
    }

    fn opens<T: Resource>(&mut self) {
        if !is_allowed::<T>(Verb::List) || !is_allowed::<T>(Verb::Watch) {
            self.mistakes.push(format!(
                "{} is cached, and its type says `only_verbs(..)` without `list` and `watch`: add them",
                T::RESOURCE
            ));
        }
        self.lists.push(Box::new(|connections| connections.open::<T>()));
    }

    fn on<T>(
        &mut self,
        resource: ApiResource,
        means: Use,
        connect: impl Fn(&Connections<'_>, &Gate) + Send + Sync + 'static,
    ) -> Changes<'_, T> {
        let gate = Gate::default();
        self.sources.push(Source { resource, means, gate, connect: Box::new(connect) });
        let last = self.sources.last_mut().expect("one was just added");
        Changes::new(&mut last.gate)
    }

    /// The queue of its keys.
    pub(crate) fn queue(&self) -> WorkQueue<Key> {
        WorkQueue::metered_with((self.rate_limit)())
    }

    /// Opens every informer and connects every trigger.
    pub(crate) fn connect(&self, connections: &mut Connections<'_>) {
        for open in &self.lists {
            open(connections);
        }
        (self.follow)(self, connections);
        for source in &self.sources {
            (source.connect)(connections, &source.gate);
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
            .field("predicate", &self.gate)
            .field("resync", &self.resync)
            .finish_non_exhaustive()
    }
}
