//! Which connection a request takes: unary requests share one, watches have others, a limited number of streams each;
//! what switches to another protocol has its own.
//!
//! A server takes a limited number of concurrent streams on one HTTP/2 connection, 100 by default, and hyper waits
//! in silence beyond it. With one pool the hundredth watch would stop every other request of the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::config::Network;

use super::error::{Reason, TransportError};
use super::gate::Gate;

/// Fewer than the 100 streams that a server takes, so that some are left for what others multiplex.
const STREAMS: usize = 80;
const MIB: u32 = 1 << 20;

/// Makes one more client, that is, one more connection.
type Make = Box<dyn Fn(Over) -> reqwest::ClientBuilder + Send + Sync>;

/// Which HTTP a connection is to speak.
#[derive(Clone, Copy)]
pub(super) enum Over {
    /// What the server likes.
    Any,
    /// HTTP/1.1, which alone can be switched to another protocol.
    Http1,
}

/// The connections to one server.
pub(super) struct Pools {
    unary: (reqwest::Client, Arc<Gate>),
    watches: Mutex<Vec<Shard>>,
    upgrades: Mutex<Option<reqwest::Client>>,
    make: Make,
    network: Network,
    server: String,
    retired: watch::Sender<bool>,
}

/// One connection for watches and how many it carries.
struct Shard {
    client: (reqwest::Client, Arc<Gate>),
    streams: Arc<AtomicUsize>,
}

/// One stream of a shard; dropping it makes room.
pub(super) struct Permit(Arc<AtomicUsize>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Pools {
    /// No connection is made before the first request.
    pub(super) fn new(make: Make, network: Network, server: &str) -> Result<Self, TransportError> {
        // Over a wide network, hyper's own windows hold a large list to a few megabytes a second.
        let unary = common(&make, &network)
            .http2_initial_stream_window_size(16 * MIB)
            .http2_initial_connection_window_size(32 * MIB)
            .http2_max_frame_size(MIB);
        let unary = (build(unary, server)?, Arc::default());
        let (retired, _) = watch::channel(false);
        let (watches, upgrades) = (Mutex::default(), Mutex::default());
        let server = server.to_owned();
        Ok(Self { unary, watches, upgrades, make, network, server, retired })
    }

    /// We are the same as on the connections of these others: when it is another's turn, the watches of both end.
    pub(super) fn after(self, others: &Self) -> Self {
        Self { retired: others.retired.clone(), ..self }
    }

    /// The client for a request that ends soon.
    pub(super) fn unary(&self) -> (reqwest::Client, Arc<Gate>) {
        self.unary.clone()
    }

    /// Others have taken the place of these: what is on its way ends, and no watch stays.
    pub(super) fn retire(&self) {
        self.retired.send_replace(true);
    }

    /// Hears of it when others have taken the place of these.
    pub(super) fn retired(&self) -> watch::Receiver<bool> {
        self.retired.subscribe()
    }

    /// The client for a connection that will be switched to another protocol: each such request makes its own.
    pub(super) fn upgrade(&self) -> Result<reqwest::Client, TransportError> {
        let mut upgrades = self.upgrades.lock();
        if let Some(client) = &*upgrades {
            return Ok(client.clone());
        }
        let network = Network { http2: false, ..self.network.clone() };
        let client = build(common(&self.make, &network), &self.server)?;
        Ok(upgrades.insert(client).clone())
    }

    /// A client with room for one more watch.
    pub(super) fn watch(&self) -> Result<((reqwest::Client, Arc<Gate>), Permit), TransportError> {
        let mut shards = self.watches.lock();
        // The first stays for the next watch; another that carries nothing is given up.
        let mut first = true;
        shards.retain(|shard| {
            std::mem::take(&mut first) || shard.streams.load(Ordering::Acquire) > 0
        });
        let free = |shard: &&Shard| shard.streams.load(Ordering::Acquire) < STREAMS;
        if let Some(shard) = shards.iter().find(free) {
            shard.streams.fetch_add(1, Ordering::AcqRel);
            return Ok((shard.client.clone(), Permit(Arc::clone(&shard.streams))));
        }
        // One slow reader may not stop the others: the connection's window holds every stream's.
        let client = common(&self.make, &self.network)
            .http2_initial_stream_window_size(MIB)
            .http2_initial_connection_window_size(96 * MIB);
        let client = (build(client, &self.server)?, Arc::default());
        let streams = Arc::new(AtomicUsize::new(1));
        shards.push(Shard { client: client.clone(), streams: Arc::clone(&streams) });
        Ok((client, Permit(streams)))
    }
}

fn common(make: &Make, network: &Network) -> reqwest::ClientBuilder {
    let builder = match network.http2 {
        true => make(Over::Any),
        false => make(Over::Http1).http1_only(),
    };
    builder
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(network.connect_within)
        .http2_keep_alive_interval(network.ping_after)
        .http2_keep_alive_timeout(network.pong_within)
        .http2_keep_alive_while_idle(true)
}

fn build(builder: reqwest::ClientBuilder, server: &str) -> Result<reqwest::Client, TransportError> {
    builder.build().map_err(|error| TransportError::Prepare {
        server: server.to_owned(),
        source: Reason::of(&error.without_url()),
    })
}
