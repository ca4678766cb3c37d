//! A program of controllers: what it is made of in, a running operator or an exit code out.
//!
//! ```
//! use k8s_openapi::api::core::v1::ConfigMap;
//! use kube_runtime::controller::Controller;
//! use kube_runtime::error::Result;
//! use kube_runtime::flow::Action;
//! use kube_runtime::operator::Operator;
//! use kube_runtime::reconcile::{Object, State};
//!
//! async fn greet(map: Object<ConfigMap>, greeting: State<String>) -> Result<Action> {
//!     println!("{} {:?}", *greeting, map.metadata.name);
//!     Ok(Action::done())
//! }
//!
//! let operator = Operator::new("greeter").state("hello".to_owned()).controller(Controller::of("greet", greet));
//! assert_eq!(operator.rbac("prod").service_account.metadata.name.as_deref(), Some("greeter"));
//! ```

mod apply;
mod args;
mod caches;
mod command;
mod conversion;
mod crds;
mod docs;
#[cfg(feature = "embedded")]
mod embedded;
mod explain;
mod manifests;
mod migrate;
mod namespaces;
mod policies;
mod port;
mod rbac;
mod roles;
mod samples;
mod serving;
mod start;
mod state;
#[cfg(test)]
mod tests;
mod trust;
mod webhooks;
mod yaml;

use std::any::TypeId;
use std::fmt;
use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_core::ApiResource;
use kube_core::Client;

use crate::clock::Clock;
use crate::controller::IntoController;
use crate::controller::Runnable;
use crate::error::Error;
use crate::error::Result;
use crate::leader::LeaderElection;
use crate::manager::Running;
use crate::reconcile::States;
use crate::reconcile::Trigger;
use crate::reconcile::Wiring;
use crate::reconcile::trigger::Triggers;
use crate::shutdown::Shutdown;
use crate::webhook::Policy;
use crate::webhook::Webhooks;
use crate::writeback::event::Events;

use rbac::Needs;

pub use manifests::Files;
pub use manifests::Installation;
pub use manifests::Layout;
pub use manifests::Manifests;
pub use migrate::Migrated;
pub use rbac::ClusterAccess;
pub use rbac::NamespaceAccess;
pub use rbac::Rbac;
pub use state::Start;

/// How long running reconciles may take to finish, when nothing else is said: less than the 30 s that Kubernetes gives a Pod.
const STOPPED_WITHIN: Duration = Duration::from_secs(25);

/// Controllers and what they share. `A` are the program's own flags, as [`args`](Operator::args) says; until they are known it can run its command
/// line, and [`with_args`](Operator::with_args) makes it one that can be started.
#[must_use = "an operator does nothing until it is started"]
pub struct Operator<A = ()> {
    name: String,
    controllers: Vec<Arc<dyn Runnable>>,
    states: States,
    made_states: Vec<state::Made<A>>,
    clock: Option<Clock>,
    stopped_within: Duration,
    leader_election: Option<LeaderElection>,
    version: Option<String>,
    serving: serving::Serving,
    events: Events,
    triggers: Triggers,
    namespaces: Option<Vec<String>>,
    caches: caches::Caches,
    hooks: webhooks::Hooks,
    policies: Vec<Policy>,
    kinds: Vec<CustomResourceDefinition>,
    /// Whether it teaches the cluster its kinds when it starts.
    installs: bool,
    /// The type of the program's own flags, which a reconcile function may ask for.
    flags: Option<TypeId>,
}

impl Operator {
    /// An operator without controllers. Its name is that of its service account and role.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            controllers: Vec::new(),
            states: States::default(),
            made_states: Vec::new(),
            clock: None,
            stopped_within: STOPPED_WITHIN,
            leader_election: None,
            version: None,
            serving: serving::Serving::default(),
            events: Events::default(),
            triggers: Triggers::default(),
            namespaces: None,
            caches: caches::Caches::default(),
            hooks: webhooks::Hooks::default(),
            policies: Vec::new(),
            kinds: Vec::new(),
            installs: false,
            flags: None,
        }
    }

    /// Starts everything and returns when all caches are synced, with leader election before this process leads. It parses nothing, installs nothing, takes no signals.
    ///
    /// # Errors
    /// A state that nobody gave and wrong wiring, before any request; a kind that the cluster does not know.
    ///
    /// # Cancel safety
    /// Dropping the future aborts what was started.
    pub async fn start(self, client: Client, shutdown: Shutdown) -> Result<Running> {
        start::start(self, client, shutdown).await
    }
}

impl<A: Send + Sync + 'static> Operator<A> {
    /// A value that reconcile functions can ask for with `State<T>`; one of each type.
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.states.insert(value);
        self
    }

    /// A value that is made at start, when there is a client. What fails there ends the start.
    pub fn state_with<T, F, Fut, E>(mut self, make: F) -> Self
    where
        T: Send + Sync + 'static,
        F: FnOnce(Start<A>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        E: Into<Error>,
    {
        self.made_states.push(state::Made::new(make));
        self
    }

    /// One more controller: what `#[controller]` leaves, or a [`Controller`](crate::controller::Controller).
    pub fn controller<C: IntoController>(mut self, controller: C) -> Self {
        let controller: Arc<dyn Runnable> = Arc::new(controller.into_controller());
        self.learn_of::<C::Kind>();
        self.controllers.push(controller);
        self
    }

    /// Goes by this clock instead of the machine's: `cx.now()`, what events, conditions and leases are stamped with.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Goes by this clock if it was given none: for who runs operators of others, as a test kit.
    pub fn default_clock(mut self, clock: Clock) -> Self {
        self.clock.get_or_insert(clock);
        self
    }

    /// How events are delivered: to which API, with which limits, and to whom beside it.
    pub fn events(mut self, events: Events) -> Self {
        self.events = events;
        self
    }

    /// How long running reconciles may take to finish after the shutdown has begun; then they are dropped.
    pub fn stopped_within(mut self, deadline: Duration) -> Self {
        self.stopped_within = deadline;
        self
    }

    /// Of all processes that run this operator only the one that holds the lease reconciles and writes; the others keep their caches warm. A
    /// controller can say that it need not lead: [`Wiring::leads`].
    /// Who loses the lease ends with an error, and is to be started again.
    pub fn leader_election(mut self, election: LeaderElection) -> Self {
        self.leader_election = Some(election);
        self
    }

    /// The version of this program, usually `env!("CARGO_PKG_VERSION")`: what `--leader-elect=coordinated` tells the server. Without this it is
    /// the version of the crate that has the first controller with `#[controller]`.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Asks for reconciles of a kind from outside of the cluster, as from a webhook or a channel. It does nothing before the start, which fails
    /// when no controller reconciles the kind.
    #[must_use]
    pub fn trigger<K: kube_core::Resource>(&self) -> Trigger<K> {
        self.triggers.hand_out()
    }

    /// What answers the API server, for a program that serves webhooks itself: the same as [`Running::webhooks`], before the start. Caches of kinds
    /// with several versions wait for what is converted.
    #[must_use]
    pub fn webhooks(&self) -> Webhooks {
        self.hooks.answers.clone()
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The definitions of the custom kinds that it reconciles or is asked about, each once. Those with several versions say that their objects are
    /// converted by the Service that the manifests have, in the namespace `default`.
    #[must_use]
    pub fn crds(&self) -> Vec<CustomResourceDefinition> {
        self.crds_in("default")
    }

    /// The same for an operator that runs in this namespace.
    #[must_use]
    pub fn crds_in(&self, namespace: &str) -> Vec<CustomResourceDefinition> {
        let reach = self.hooks.reach(&self.name, namespace);
        let mut definitions: Vec<CustomResourceDefinition> = Vec::new();
        let controlled = self.controllers.iter().filter_map(|controller| controller.definition());
        let asked = self.hooks.all.iter().filter_map(|hook| hook.definition());
        let ruled = self.policies.iter().filter_map(|policy| policy.definition().cloned());
        let kinds = self.kinds.iter().cloned();
        for mut definition in controlled.chain(asked).chain(ruled).chain(kinds) {
            self.hooks.conversions.tell(&mut definition, &reach, None);
            let name = &definition.metadata.name;
            match definitions.iter_mut().find(|present| present.metadata.name == *name) {
                // The type of the stored version knows the others.
                Some(known) if known.spec.versions.len() < definition.spec.versions.len() => {
                    *known = definition;
                }
                Some(_) => {}
                None => definitions.push(definition),
            }
        }
        definitions
    }

    /// The service account in `namespace` and the roles that its controllers and webhooks need, and no more: one for the cluster, or with
    /// [`namespaces`](Self::namespaces) one in each of them; with leader election one more, for the lease.
    #[must_use]
    pub fn rbac(&self, namespace: &str) -> Rbac {
        self.rbac_with(&self.hooks, namespace)
    }

    /// The same, with webhooks that are served in another way.
    fn rbac_with(&self, hooks: &webhooks::Hooks, namespace: &str) -> Rbac {
        let wirings: Vec<&Wiring> = self.controllers.iter().map(|it| it.wiring()).collect();
        let needs = Needs {
            name: &self.name,
            wirings: &wirings,
            namespaces: self.namespaces.as_deref(),
            election: self.leader_election.as_ref(),
            events: self.events.api,
            reviews: self.serving.is_secure(),
            hooks,
        };
        needs.rbac(namespace)
    }

    /// Teaches the cluster the custom kinds by server-side apply, waits until it serves them, and then the policies. Objects of those with several versions are
    /// converted by the Service in the client's default namespace, once the operator runs.
    ///
    /// # Errors
    /// What the server refuses; a kind that is not served within half a minute.
    pub async fn install_crds(&self, client: &Client) -> Result<()> {
        crds::install(client, &self.name, &self.crds_in(client.default_namespace())).await?;
        policies::install(client, &self.name, &self.policies).await
    }

    /// Installs the service account in `namespace`, its roles and their bindings, by server-side apply.
    ///
    /// # Errors
    /// What the server refuses, as when the namespace is missing or the caller may not grant what it has not.
    pub async fn install_rbac(&self, client: &Client, namespace: &str) -> Result<()> {
        self.rbac(namespace).install(client, &self.name).await
    }

    /// Runs the command line: `run` (also when nothing is said), `manifests`, `crds`, `rbac`, `explain`, `docs`, `migrate-storage`, `completion`. What fails is one line on stderr, and the exit code is not zero.
    pub async fn main(self) -> ExitCode
    where
        A: clap::Args,
    {
        command::main(self).await
    }

    /// What can be wrong before any request.
    fn check(&self) -> Result<()> {
        self.check_namespaces()?;
        self.check_versions()?;
        if self.controllers.is_empty() && self.hooks.is_empty() {
            return Err(Error::msg(format!(
                "operator `{}` has no controllers and no webhooks: add one with `.controller(..)` or `.webhook(..)`",
                self.name
            )));
        }
        for (position, controller) in self.controllers.iter().enumerate() {
            let name = controller.name();
            if self.controllers[..position].iter().any(|earlier| earlier.name() == name) {
                return Err(Error::msg(format!(
                    "operator `{}` has two controllers called `{name}`: they would write under one name",
                    self.name
                )));
            }
            controller.check(&|id| self.has_state(id))?;
            for resource in &controller.wiring().triggered {
                self.reconciles(resource, || format!("controller `{name}` asks for"))?;
            }
        }
        for resource in &self.triggers.wanted() {
            self.reconciles(resource, || "the program took".to_owned())?;
        }
        self.check_caches()?;
        self.check_policies()?;
        self.hooks.check(&|id| self.has_state(id))?;
        self.serving.check()
    }

    /// Fails when no controller reconciles what `who` has a trigger of.
    fn reconciles(&self, resource: &ApiResource, who: impl Fn() -> String) -> Result<()> {
        if self.controllers.iter().any(|controller| controller.wiring().primary == *resource) {
            return Ok(());
        }
        let (who, kind, name) = (who(), &resource.kind, &self.name);
        Err(Error::msg(format!(
            "{who} a `Trigger<{kind}>` and no controller of operator `{name}` reconciles {resource}: add one with `.controller(..)`"
        )))
    }

    fn has_state(&self, id: TypeId) -> bool {
        let made = || self.made_states.iter().any(|made| made.id() == id);
        self.states.has(id) || made() || self.flags == Some(id)
    }
}

impl<A> fmt::Debug for Operator<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let controllers: Vec<_> = self.controllers.iter().map(|it| it.name()).collect();
        formatter
            .debug_struct("Operator")
            .field("name", &self.name)
            .field("controllers", &controllers)
            .field("states", &self.states)
            .finish_non_exhaustive()
    }
}

/// What can be run as an operator: an [`Operator`], or a single controller.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be run as an operator",
    note = "give an `Operator`, or what `#[controller]` stands above: an async function, or a value of a type",
    note = "an operator with flags of its own needs their values: `.with_args(..)`"
)]
pub trait IntoOperator {
    /// The operator; a controller's is called as the controller, with `-` for `_`: it is the name of a service account.
    fn into_operator(self) -> Operator;
}

impl IntoOperator for Operator {
    fn into_operator(self) -> Operator {
        self
    }
}

impl<C: IntoController> IntoOperator for C {
    fn into_operator(self) -> Operator {
        let controller = self.into_controller();
        Operator::new(controller.name().replace('_', "-")).controller(controller)
    }
}
