//! How a server is to be: options in, a running server out.

use super::{Inner, Server};
use crate::auth::{Tokens, User};
use crate::behaviour::{self, Behaviours};
use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::container::Containers;
use crate::crd;
use crate::fault::Faults;
use crate::http::{Gate, Journal, Service};
use crate::kind::{Kinds, builtin_kinds};
use crate::outbound::Outbound;
use crate::registration;
use crate::store::{Keep, Store};
use crate::watch::WatchControl;
use futures::FutureExt;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Where revisions start: a real server has used some two hundred before its first client.
const FIRST_REVISION: u64 = 100;

/// Builds a [`Server`].
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ServerBuilder {
    clock: Option<Clock>,
    seed: Option<u64>,
    behaviours: Behaviours,
    keep: Option<Keep>,
    outbound: Option<Arc<dyn Outbound>>,
    containers: Option<Arc<dyn Containers>>,
}

impl ServerBuilder {
    /// The server's clock; the machine's time without this.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The seed of uids, tokens and delays: the same seed, the same run. Any without this.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// What the server does by itself.
    pub fn behaviours(mut self, behaviours: Behaviours) -> Self {
        self.behaviours = behaviours;
        self
    }

    /// How many events, and how many bytes of them, are remembered for each resource; watchers that
    /// are further behind are ended.
    pub fn history(mut self, events: usize, bytes: usize) -> Self {
        self.keep = Some(Keep { events, bytes });
        self
    }

    /// How the server calls admission and conversion webhooks. Without this it calls none, and says so to whoever would
    /// need the answer: a webhook whose `failurePolicy` is `Fail` then refuses every write that it is for.
    pub fn outbound(mut self, outbound: impl Outbound + 'static) -> Self {
        self.outbound = Some(Arc::new(outbound));
        self
    }

    /// What the containers of Pods say and do. Without this they say nothing, have no programs and listen on no port.
    pub fn containers(mut self, containers: impl Containers) -> Self {
        self.containers = Some(Arc::new(containers));
        self
    }

    /// Starts the server; its behaviours run in the tokio runtime that this is called in.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn build(self) -> Server {
        let clock = self.clock.unwrap_or_else(Clock::system);
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
        let mut kinds = builtin_kinds();
        kinds.push(crd::definition_kind());
        kinds.extend(registration::registration_kinds());
        let store = Store::new(FIRST_REVISION, self.keep.unwrap_or_default());
        let cluster = Cluster::new(store, Kinds::new(kinds), clock, seed);
        let mut cluster = cluster.outbound(self.outbound);
        if let Some(containers) = self.containers {
            cluster = cluster.containers(containers);
        }
        // Tokens must not be found from uids that anybody can read: they have a source of their own.
        let mut random = match self.seed {
            Some(seed) => fastrand::Rng::with_seed(seed ^ 0x746f_6b65_6e73),
            None => fastrand::Rng::new(),
        };
        let secret = self.seed.is_none();
        let tokens = Tokens::new(move || match secret {
            // The operating system's randomness, through the version 4 uuid.
            true => uuid::Uuid::new_v4().as_u128() ^ (uuid::Uuid::new_v4().as_u128() << 64),
            false => random.u128(..),
        });
        let admin_token = tokens.grant(User::admin());
        // Nobody has registered a webhook yet, so nothing is waited for.
        let made = behaviour::bootstrap(&cluster, &self.behaviours).now_or_never();
        if let Some(Err(failure)) = made {
            // What every server starts with is written by us and has been tried.
            tracing::error!(%failure, "failed to make the objects that a server starts with");
        }
        let mut behaviours = JoinSet::new();
        behaviour::spawn(&cluster, &self.behaviours, &mut behaviours);
        let service = Arc::new(Service {
            cluster,
            gate: Gate::new(tokens),
            faults: Faults::new(seed),
            journal: Journal::default(),
            control: WatchControl::default(),
        });
        Server(Arc::new(Inner { service, admin_token, _behaviours: behaviours }))
    }
}
