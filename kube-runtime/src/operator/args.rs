//! The program's own flags: their type in beside the controllers, their values for its states and reconcile functions out.

use std::any::TypeId;
use std::sync::Arc;

use super::Operator;
use super::state::Made;

impl Operator {
    /// Flags of the program's own beside the operator's: a struct with `#[derive(clap::Args)]` (clap 4), each field with `#[arg(long)]`.
    ///
    /// What is made at start sees them as `start.args`; a reconcile function asks with `State<A>`. On the command line they stand before or after
    /// the command. Only `run` needs those that are required, so that `crds`, `rbac`, `explain` and `manifests` work without them; those that are
    /// given to `manifests` stand in its Deployment. A flag that is called as one of the operator's is an error when the command line is run.
    ///
    /// [`start`](Self::start) reads no command line: [`with_args`](Operator::with_args) gives the values.
    ///
    /// ```
    /// # use k8s_openapi::api::core::v1::ConfigMap;
    /// # use kube_runtime::controller::Controller;
    /// # use kube_runtime::error::{Error, Result};
    /// # use kube_runtime::flow::Action;
    /// # use kube_runtime::reconcile::{Object, State};
    /// use kube_runtime::operator::{Operator, Start};
    ///
    /// #[derive(clap::Args)]
    /// struct Flags {
    ///     /// Where names are registered.
    ///     #[arg(long, value_name = "URL", env = "DNS")]
    ///     dns: String,
    /// }
    ///
    /// # struct Dns(String);
    /// # impl Dns { async fn connect(url: &str) -> Result<Self> { Ok(Self(url.to_owned())) } }
    /// # async fn greet(_map: Object<ConfigMap>, _dns: State<Dns>) -> Result<Action> { Ok(Action::done()) }
    /// let operator = || {
    ///     Operator::new("greeter")
    ///         .args::<Flags>()
    ///         .state_with(|start: Start<Flags>| async move { Dns::connect(&start.args.dns).await })
    ///         .controller(Controller::of("greet", greet))
    /// };
    /// let command_line = operator().main();                                                       // `greeter --dns https://..`
    /// let embedded = operator().with_args(Flags { dns: "https://dns.example.com".to_owned() });   // has `start(client, shutdown)`
    /// # drop((command_line, embedded));
    /// ```
    pub fn args<A: clap::Args + Send + Sync + 'static>(self) -> Operator<A> {
        let mut operator = self.knowing(|made| made.after(|_| Arc::new(())));
        operator.flags = flags::<A>();
        operator
    }
}

impl<A: Send + Sync + 'static> Operator<A> {
    /// The values of the flags, for a program that reads no command line here.
    pub fn with_args(self, args: A) -> Operator {
        let args = Arc::new(args);
        let given = Arc::clone(&args);
        let mut operator = self.knowing(move |made| {
            let args = Arc::clone(&args);
            made.after(|_| args)
        });
        if flags::<A>().is_some_and(|id| !operator.states.has(id)) {
            operator.states.share(given);
        }
        operator
    }

    /// For what needs no values of the flags: it cannot be started.
    pub(super) fn without_args(self) -> Operator {
        self.knowing(Made::unmade)
    }

    /// The same operator with other flags; `states` says what its states are made from then.
    fn knowing<B>(self, states: impl FnMut(Made<A>) -> Made<B>) -> Operator<B> {
        Operator {
            name: self.name,
            controllers: self.controllers,
            states: self.states,
            made_states: self.made_states.into_iter().map(states).collect(),
            clock: self.clock,
            stopped_within: self.stopped_within,
            leader_election: self.leader_election,
            version: self.version,
            serving: self.serving,
            events: self.events,
            triggers: self.triggers,
            namespaces: self.namespaces,
            caches: self.caches,
            hooks: self.hooks,
            policies: self.policies,
            kinds: self.kinds,
            installs: self.installs,
            flags: self.flags,
        }
    }
}

/// The type of the flags, if that is a state; no flags are none.
fn flags<A: 'static>() -> Option<TypeId> {
    Some(TypeId::of::<A>()).filter(|id| *id != TypeId::of::<()>())
}
