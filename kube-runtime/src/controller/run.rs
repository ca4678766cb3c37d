//! Starts a controller: what the operator has in, queue and futures out. It spawns nothing: its owner does.

use std::any::TypeId;
use std::sync::Arc;

use futures::future::BoxFuture;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_core::Client;
use kube_core::Resource;
use kube_core::client::RequestGuard;

use super::Controller;
use super::LONGEST_NAME;
use super::worker::work;
use crate::clock::Clock;
use crate::error::Error;
use crate::error::Result;
use crate::flow::Key;
use crate::informer::Informers;
use crate::observe::ReconcileIds;
use crate::observe::Reconciles;
use crate::reconcile::States;
use crate::reconcile::Wiring;
use crate::reconcile::context::Context;
use crate::reconcile::guard::Declared;
use crate::reconcile::listers::Listers;
use crate::reconcile::malformed::Malformed;
use crate::reconcile::memory::Memory;
use crate::reconcile::paused::Paused;
use crate::reconcile::plan::Plan;
use crate::reconcile::reconciler::Reconciler;
use crate::reconcile::trigger::Triggers;
use crate::reconcile::wiring::Connections;
use crate::reconcile::wiring::NeededState;
use crate::shutdown::Shutdown;
use crate::workqueue::WorkQueue;
use crate::writeback::Writer;
use crate::writeback::event;
use crate::writeback::event::Deliverer;
use crate::writeback::event::Events;
use crate::writeback::event::Recorder;
use crate::writeback::event::Reporter;
use crate::writeback::finalizer;
use crate::writeback::readiness;

/// What a controller is started with.
pub(crate) struct Environment {
    pub(crate) client: Client,
    /// The same for controllers that work whether this process leads or not.
    pub(crate) unfenced: Client,
    /// What else every request of a controller must pass, when not every replica may write.
    pub(crate) fence: Option<Arc<dyn RequestGuard>>,
    pub(crate) informers: Informers,
    /// Where kinds of namespaces are followed and written, if not everywhere.
    pub(crate) namespaces: Option<Arc<[String]>>,
    pub(crate) states: States,
    pub(crate) triggers: Triggers,
    pub(crate) clock: Clock,
    /// Tells this process from others that run the same operator.
    pub(crate) instance: String,
    /// So many of the last failures of each controller are kept for people.
    pub(crate) failures: usize,
    /// How events are delivered.
    pub(crate) events: Events,
    /// Begins when events are to be delivered no longer: after the last reconcile has ended.
    pub(crate) events_end: Shutdown,
}

impl Environment {
    /// The client of a controller, and what its requests must pass beside, whether it leads or works on every replica.
    fn of(&self, leads: bool) -> (&Client, Option<Arc<dyn RequestGuard>>) {
        match leads {
            true => (&self.client, self.fence.clone()),
            false => (&self.unfenced, None),
        }
    }
}

/// A future to be run, and its name.
pub(crate) type Named = (String, BoxFuture<'static, Result<()>>);

/// A controller that is ready to run.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) queue: WorkQueue<Key>,
    pub(crate) reconciles: Arc<Reconciles>,
    /// Its caches, and what they are for.
    pub(crate) plan: Plan,
    pub(crate) workers: Vec<Named>,
    /// Whether they wait until this process leads.
    pub(crate) leads: bool,
    /// What it recorded and could not deliver.
    pub(crate) recorder: Recorder,
    pub(crate) deliverers: Vec<Deliverer>,
}

/// A controller whose kind is forgotten.
pub(crate) trait Runnable: Send + Sync {
    fn name(&self) -> &str;

    fn wiring(&self) -> &Wiring;

    /// What holds its objects until they are cleaned up, when it cleans up.
    fn finalizer(&self) -> Option<String>;

    fn definition(&self) -> Option<CustomResourceDefinition>;

    /// Of the crate that it is part of.
    fn version(&self) -> Option<&'static str>;

    /// The states it needs and the mistakes in its wiring: both are known before any request.
    fn check(&self, has_state: &dyn Fn(TypeId) -> bool) -> Result<()>;

    /// Connects it to the informers and makes its workers.
    fn start(&self, environment: &Environment) -> Result<Part>;
}

impl<K: Resource> Runnable for Controller<K> {
    fn name(&self) -> &str {
        &self.name
    }

    fn wiring(&self) -> &Wiring {
        &self.wiring
    }

    fn finalizer(&self) -> Option<String> {
        self.cleanup.as_ref().map(|_| finalizer::name(&self.name, &K::RESOURCE))
    }

    fn definition(&self) -> Option<CustomResourceDefinition> {
        K::custom_definition()
    }

    fn version(&self) -> Option<&'static str> {
        self.version
    }

    fn check(&self, has_state: &dyn Fn(TypeId) -> bool) -> Result<()> {
        if self.name.len() > LONGEST_NAME {
            return Err(Error::msg(format!(
                "the name of controller `{}` has {} characters, and its finalizers and labels take at most {LONGEST_NAME}: give it a shorter one",
                self.name,
                self.name.len()
            )));
        }
        self.wiring.check(&self.name)?;
        let missing = |needed: &&NeededState| !has_state(needed.id);
        match self.wiring.states.iter().find(missing) {
            None => Ok(()),
            Some(needed) => Err(Error::msg(format!(
                "controller `{}` asks for `State<{}>` and nobody gave one: add `.state(..)` with such a value to the operator",
                self.name, needed.name
            ))),
        }
    }

    fn start(&self, environment: &Environment) -> Result<Part> {
        let queue = self.wiring.queue();
        let mut listers = Listers::default();
        let finalizer = finalizer::name(&self.name, &K::RESOURCE);
        let paused = Arc::new(Paused::new(&self.name, &K::RESOURCE));
        let own = self.wiring.namespaces.clone();
        let namespaces = own.as_ref().or(environment.namespaces.as_ref());
        self.wiring.connect(&mut Connections {
            informers: &environment.informers,
            namespaces: namespaces.map(|names| &**names),
            wiring: &self.wiring,
            listers: &mut listers,
            queue: &queue,
            finalizer: &finalizer,
            paused: &paused,
        });
        let name: Arc<str> = self.name.as_str().into();
        let (client, fence) = environment.of(self.wiring.leads);
        let reporter = Reporter {
            client,
            controller: &self.name,
            instance: &environment.instance,
            action: "Reconcile",
            clock: environment.clock,
        };
        let (recorder, deliverers) =
            event::broadcast(reporter, &environment.events, &environment.events_end);
        let permissions = self.wiring.permissions.clone();
        let namespaces = environment.namespaces.clone();
        let who = format!("controller `{name}`");
        let declared = Declared::new(who, permissions, namespaces, fence);
        let declared = Arc::new(declared.keeping_to(own));
        let client = client
            .clone()
            .observed_by(environment.informers.observer())
            .guarded_by(Arc::<Declared>::clone(&declared))
            .with_field_manager(Arc::clone(&name));
        let context = Arc::new(Context {
            controller: Arc::clone(&name),
            writer: Writer { client },
            declared,
            listers,
            members: self.wiring.members.clone(),
            states: environment.states.clone(),
            triggers: environment.triggers.clone(),
            recorder: recorder.clone(),
            clock: environment.clock,
        });
        let primary = context.lister::<K>()?;
        environment.triggers.add(primary.clone(), queue.clone());
        let reconciler = Arc::new(Reconciler {
            primary,
            context,
            reconcile: Arc::clone(&self.reconcile),
            cleanup: self.cleanup.clone(),
            finalizer,
            timeout: self.wiring.timeout,
            ids: ReconcileIds::default(),
            malformed: Malformed::default(),
            memory: self.wiring.remembers.then(Memory::default),
            paused,
            tells: readiness::is_told::<K>(),
        });
        let reconciles = Reconciles::new(self.wiring.workers).keeping(environment.failures);
        let reconciles = Arc::new(reconciles);
        let worker = |number| -> Named {
            let (reconciler, queue) = (Arc::clone(&reconciler), queue.clone());
            let (reconciles, there) = (Arc::clone(&reconciles), reconciles.worker());
            let task = Box::pin(async move {
                // It is there until this future has ended, also if it ends by a panic.
                let _there = there;
                work(reconciler, queue, &reconciles).await;
                Ok(())
            });
            (format!("worker {number} of controller `{}`", self.name), task)
        };
        let workers = (1..=self.wiring.workers).map(worker).collect();
        let (name, plan) = (self.name.clone(), self.wiring.plan.clone());
        let leads = self.wiring.leads;
        Ok(Part { name, queue, reconciles, plan, workers, leads, recorder, deliverers })
    }
}
