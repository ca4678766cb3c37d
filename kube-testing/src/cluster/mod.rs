//! What a test holds: an API server in process, its administrator's client, the operators that it runs, and the clock.

mod objects;
mod operators;
mod time;
mod webhooks;

use std::fmt;
use std::sync::Arc;

use kube_core::Client;
use kube_core::transport::Transport;
use kube_embedded::Behaviours;
use kube_embedded::Clock;
use kube_embedded::Faults;
use kube_embedded::JournalEntry;
use kube_embedded::Server;
use kube_runtime::clock;

use crate::idle::Idle;
use crate::transport::InProcess;
use operators::Operators;
use webhooks::Asked;

/// The namespace in which a test works, unless it says otherwise.
pub const NAMESPACE: &str = "default";

/// When every test begins.
const BEGINNING: &str = "2026-01-01T00:00:00Z";

/// An API server for one test, and all that the test does with it.
///
/// Cheap to clone; all clones are the same cluster. Its calls panic where a test would `unwrap` anyway, and say what
/// failed; for errors as values there is [`client`](Self::client).
#[derive(Clone)]
pub struct Cluster {
    server: Server,
    client: Client,
    idle: Idle,
    operators: Arc<Operators>,
    asked: Asked,
    /// For operators; it shows what the server's does.
    clock: clock::Clock,
}

impl Cluster {
    /// A fresh server with all behaviours of a cluster, coordinated elections too; every uid, token and delay follows from the seed.
    pub(crate) fn of(seed: u64, idle: Idle) -> Self {
        let beginning = BEGINNING.parse().expect("a constant that is a time");
        let builder = Server::builder().seed(seed).clock(Clock::new(beginning));
        let behaviours = Behaviours::cluster_like().coordinated_elections(true);
        let asked = Asked::default();
        let server = builder.behaviours(behaviours).outbound(asked.clone()).build();
        let client = admin(&server, |own| Arc::new(own));
        let clock = clock::Clock::starting_at(beginning);
        Self { server, client, idle, operators: Arc::default(), asked, clock }
    }

    /// The same cluster, whose administrator asks over a wire that is made of the own one.
    pub(crate) fn over(&self, wire: impl FnOnce(InProcess) -> Arc<dyn Transport>) -> Self {
        Self { client: admin(&self.server, wire), ..self.clone() }
    }

    /// The administrator's client, for whatever has no shorter way here.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The server itself.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Where faults are planted: a refused, delayed, lost or cut request; a watch that ends or is too old.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        self.server.faults()
    }

    /// Every request that the server has seen so far, oldest first.
    #[must_use]
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.server.journal()
    }
}

fn admin(server: &Server, wire: impl FnOnce(InProcess) -> Arc<dyn Transport>) -> Client {
    Client::over(wire(InProcess::new(server, server.admin_token())))
        .with_default_namespace(NAMESPACE)
}

impl fmt::Debug for Cluster {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cluster").finish_non_exhaustive()
    }
}
