//! Which connection a request takes: unary requests share one, watches have others, a limited number of streams each;
//! what switches to another protocol has its own.
//!
//! A server takes a limited number of concurrent streams on one HTTP/2 connection, 100 by default, and hyper waits
//! in silence beyond it. With one pool the hundredth watch would stop every other request of the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::watch;

use super::carrier::Carrier;
use super::error::TransportError;
use super::gate::Gate;
use super::route::Shape;

/// Fewer than the 100 streams that a server takes, so that some are left for what others multiplex.
const STREAMS: usize = 80;
const MIB: u32 = 1 << 20;

/// Makes one more carrier, that is, one more connection.
type Make = Box<dyn Fn(Shape) -> Result<Carrier, TransportError> + Send + Sync>;

/// The connections to one server.
pub(super) struct Pools {
    unary: (Carrier, Arc<Gate>),
    watches: Mutex<Vec<Shard>>,
    upgrades: Mutex<Option<Carrier>>,
    make: Make,
    /// Whether HTTP/2 is spoken to servers that do.
    http2: bool,
    retired: watch::Sender<bool>,
}

/// One connection for watches and how many it carries.
struct Shard {
    carrier: (Carrier, Arc<Gate>),
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
    pub(super) fn new(make: Make, http2: bool) -> Result<Self, TransportError> {
        // Over a wide network, hyper's own windows hold a large list to a few megabytes a second.
        let windows = Some((16 * MIB, 32 * MIB));
        let unary = (make(Shape { http2, windows, frame: Some(MIB) })?, Arc::default());
        let (retired, _) = watch::channel(false);
        let (watches, upgrades) = (Mutex::default(), Mutex::default());
        Ok(Self { unary, watches, upgrades, make, http2, retired })
    }

    /// We are the same as on the connections of these others: when it is another's turn, the watches of both end.
    pub(super) fn after(self, others: &Self) -> Self {
        Self { retired: others.retired.clone(), ..self }
    }

    /// The carrier for a request that ends soon.
    pub(super) fn unary(&self) -> (Carrier, Arc<Gate>) {
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

    /// The carrier for a connection that will be switched to another protocol: each such request makes its own.
    pub(super) fn upgrade(&self) -> Result<Carrier, TransportError> {
        let mut upgrades = self.upgrades.lock();
        if let Some(carrier) = &*upgrades {
            return Ok(carrier.clone());
        }
        let carrier = (self.make)(Shape { http2: false, windows: None, frame: None })?;
        Ok(upgrades.insert(carrier).clone())
    }

    /// A carrier with room for one more watch.
    pub(super) fn watch(&self) -> Result<((Carrier, Arc<Gate>), Permit), TransportError> {
        let mut shards = self.watches.lock();
        // The first stays for the next watch; another that carries nothing is given up.
        let mut first = true;
        shards.retain(|shard| {
            std::mem::take(&mut first) || shard.streams.load(Ordering::Acquire) > 0
        });
        let free = |shard: &&Shard| shard.streams.load(Ordering::Acquire) < STREAMS;
        if let Some(shard) = shards.iter().find(free) {
            shard.streams.fetch_add(1, Ordering::AcqRel);
            return Ok((shard.carrier.clone(), Permit(Arc::clone(&shard.streams))));
        }
        // One slow reader may not stop the others: the connection's window holds every stream's.
        let windows = Some((MIB, 96 * MIB));
        let carrier = (self.make)(Shape { http2: self.http2, windows, frame: None })?;
        let carrier = (carrier, Arc::default());
        let streams = Arc::new(AtomicUsize::new(1));
        shards.push(Shard { carrier: carrier.clone(), streams: Arc::clone(&streams) });
        Ok((carrier, Permit(streams)))
    }
}
