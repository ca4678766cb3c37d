//! The four stages of one kind, wired: what the server says in, a cache and the notices of its handlers out.

use std::fmt::{self, Formatter};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use hashbrown::HashSet;
use kube_core::{Error, Result};
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::listener::{Listener, Notices, Registration};
use crate::delta_fifo::Fifo;
use crate::flow::{Change, Delta, Key, Notice};
use crate::handler::EventHandler;
use crate::indexer::Store;
use crate::reflector::{self, ListPlan, ListWatch, Listed, Phase, Reflector, Settings, Sink};
use crate::shutdown::Shutdown;

/// So many changes wait between the reflector and the indexer; the connection waits for more.
const IN_FLIGHT: usize = 256;
/// So many notices wait for a handler before they are merged.
const UNREAD: usize = 1024;

/// How an informer is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Whether the cache has had a whole list.
    pub synced: bool,
    /// What the conversation with the server is about; `None` before it began and after it ended.
    pub phase: Option<Phase>,
    /// Failures since the last proof of life.
    pub failures: u32,
    /// The last of them.
    pub last_error: Option<Arc<str>>,
    /// When that was.
    pub last_failed: Option<Instant>,
    /// All failures so far; a version that was too old is one.
    pub failed: u64,
    /// How many whole lists there were.
    pub lists: u64,
    /// When the last of them was complete.
    pub last_listed: Option<Instant>,
}

/// What moves through an informer, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Traffic {
    /// Changes between the reflector and the indexer.
    pub(crate) waiting: usize,
    /// Changes that came to the indexer so far, objects of lists among them.
    pub(crate) changes: u64,
    /// How many handlers there are.
    pub(crate) handlers: usize,
    /// Notices that they have not read yet.
    pub(crate) unread: usize,
}

/// The cache of one kind and everything that keeps it current; clones are the same informer.
#[derive(Clone)]
pub struct Informer(Arc<Core>);

struct Core {
    source: Arc<dyn ListWatch>,
    store: Store,
    settings: Settings,
    random: fastrand::Rng,
    fifo: Fifo,
    /// Also held while a delta is applied, so that nobody joins between the cache and the notice.
    fan_out: Mutex<FanOut>,
    health: watch::Sender<Health>,
    /// What came to the indexer so far.
    changes: AtomicU64,
    pumps: mpsc::UnboundedSender<BoxFuture<'static, ()>>,
    /// Begun by [`Informer::stop`].
    stop: Shutdown,
    /// Taken by the one run.
    pumped: Mutex<Option<mpsc::UnboundedReceiver<BoxFuture<'static, ()>>>>,
}

#[derive(Default)]
struct FanOut {
    listeners: Vec<Arc<Listener>>,
    stopped: bool,
}

impl Informer {
    /// An informer that keeps `store` as `source` says. Nothing is asked before [`run`](Self::run).
    #[must_use]
    pub fn new(
        source: Arc<dyn ListWatch>,
        store: Store,
        settings: Settings,
        random: fastrand::Rng,
    ) -> Self {
        let (pumps, pumped) = mpsc::unbounded_channel();
        let health = Health {
            synced: false,
            phase: None,
            failures: 0,
            last_error: None,
            last_failed: None,
            failed: 0,
            lists: 0,
            last_listed: None,
        };
        Self(Arc::new(Core {
            source,
            store,
            settings,
            random,
            fifo: Fifo::new(IN_FLIGHT),
            fan_out: Mutex::default(),
            health: watch::Sender::new(health),
            changes: AtomicU64::new(0),
            pumps,
            stop: Shutdown::new(),
            pumped: Mutex::new(Some(pumped)),
        }))
    }

    /// The cache.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    pub(super) fn source(&self) -> &dyn ListWatch {
        &*self.0.source
    }

    /// Notices to be read at one's own speed, those of what is cached already first.
    #[must_use]
    pub fn listen(&self) -> Notices {
        Notices::new(self.join(UNREAD))
    }

    /// Adds a handler, before or while the informer runs.
    pub fn on<H: EventHandler>(&self, handler: H) -> Registration {
        self.add(Box::new(handler), None)
    }

    /// Adds a handler that is told again of everything in the cache, every `period`. The server is
    /// not asked; this is for handlers that reconcile something outside of the cluster.
    pub fn on_with_resync<H: EventHandler>(&self, handler: H, period: Duration) -> Registration {
        self.add(Box::new(handler), Some(period.max(Duration::from_secs(1))))
    }

    /// Waits until the cache has had a whole list.
    ///
    /// # Cancel safety
    /// Dropping the future costs nothing.
    pub async fn synced(&self) {
        let mut health = self.0.health.subscribe();
        // The sender is ours, so that waiting ends with a value or not at all.
        let _ = health.wait_for(|health| health.synced).await;
    }

    /// How it is doing, and every change of that.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<Health> {
        self.0.health.subscribe()
    }

    /// What moves through it now.
    pub(crate) fn traffic(&self) -> Traffic {
        let fan_out = self.0.fan_out.lock();
        Traffic {
            waiting: self.0.fifo.len(),
            changes: self.0.changes.load(Ordering::Relaxed),
            handlers: fan_out.listeners.len(),
            unread: fan_out.listeners.iter().map(|listener| listener.unread()).sum(),
        }
    }

    /// Asks the server about every object of which nobody knows what became of a write of ours.
    /// Afterwards readers see what the server has. Costs nothing when there is no such object.
    ///
    /// # Errors
    /// When the server cannot be asked; the objects stay unknown.
    ///
    /// # Cancel safety
    /// Dropping the future leaves those unknown that were not yet asked about.
    pub async fn settle(&self) -> Result<()> {
        self.settle_doubts().await?;
        for key in self.0.store.unknown() {
            self.settle_one(&key).await?;
        }
        Ok(())
    }

    /// The same for one object.
    ///
    /// # Errors
    /// When the server cannot be asked; the object stays unknown.
    pub async fn settle_one(&self, key: &Key) -> Result<()> {
        self.settle_doubts().await?;
        if self.0.store.is_unknown(key) {
            let object = self.0.source.get(key.clone()).await?;
            self.0.store.resolve(key, object.as_ref());
        }
        Ok(())
    }

    /// Lists once when a write went to objects of which nobody knows the names.
    async fn settle_doubts(&self) -> Result<()> {
        let store = &self.0.store;
        if !store.is_in_doubt() {
            return Ok(());
        }
        let doubts = store.doubts();
        let mut listing = self.0.source.list(ListPlan::default()).await?;
        let mut named = HashSet::new();
        while let Some(part) = listing.next().await {
            match part? {
                Listed::Item(object) => {
                    named.insert(Key::of_head(&object.meta));
                    store.learn(&object);
                }
                Listed::Malformed(malformed) => {
                    let name = malformed.name.as_deref().unwrap_or_default();
                    named.insert(Key::new(malformed.namespace.as_deref(), name));
                }
                Listed::End(head) => store.settle_doubts(doubts, &named, &head.resource_version),
            }
        }
        Ok(())
    }

    /// Keeps the cache current and tells the handlers, until the shutdown begins or somebody
    /// [`stop`](Self::stop)s it; then the handlers read what waits for them. Only the first run does
    /// anything.
    ///
    /// # Cancel safety
    /// Dropping the future stops everything at once.
    pub async fn run(&self, shutdown: &Shutdown) {
        let Some(pumped) = self.0.pumped.lock().take() else {
            tracing::warn!(kind = %self.0.store.resource().kind, "this informer runs already");
            return;
        };
        let run = shutdown.child();
        let stopped = async {
            run.or(self.0.stop.begun()).await;
            run.begin();
        };
        let pipeline = async {
            let work = async { futures::join!(self.reflect(), self.index()) };
            run.or(work).await;
            self.end();
        };
        futures::join!(stopped, pipeline, pump(pumped, &run));
    }

    /// Ends this informer alone, as a shutdown would: nothing is watched any more, the handlers read
    /// what waits for them, and the cache stays as it is. It cannot be run again.
    pub fn stop(&self) {
        self.0.stop.begin();
    }

    async fn reflect(&self) {
        let machine = Reflector::new(self.0.settings.clone(), self.0.random.clone());
        reflector::run(&*self.0.source, machine, &mut Upstream(self)).await;
    }

    async fn index(&self) {
        let mut deltas = Vec::new();
        loop {
            self.0.fifo.take(&mut deltas).await;
            self.apply(&mut deltas);
        }
    }

    fn apply(&self, deltas: &mut Vec<Delta>) {
        self.0.changes.fetch_add(deltas.len() as u64, Ordering::Relaxed);
        let mut fan_out = self.0.fan_out.lock();
        let mut notices = Vec::with_capacity(deltas.len());
        for delta in deltas.drain(..) {
            let list_ended = matches!(delta, Delta::ListEnded { .. });
            self.0.store.apply(delta, &mut notices);
            if list_ended {
                let first = !self.0.health.borrow().synced;
                fan_out.tell(&mut notices, first);
                self.0.health.send_modify(|health| {
                    health.synced = true;
                    health.lists += 1;
                    health.last_listed = Some(Instant::now());
                });
            }
        }
        fan_out.tell(&mut notices, false);
    }

    fn add(&self, handler: Box<dyn EventHandler>, resync: Option<Duration>) -> Registration {
        let listener = self.join(UNREAD);
        let notices = Notices::new(Arc::clone(&listener));
        let pump = notices.pump(handler, self.0.store.clone(), resync);
        if self.0.pumps.send(Box::pin(pump)).is_err() {
            tracing::warn!(
                kind = %self.0.store.resource().kind,
                "a handler was added to an informer that has stopped: it is told nothing"
            );
        }
        Registration::new(listener)
    }

    fn join(&self, capacity: usize) -> Arc<Listener> {
        let listener = Listener::new(capacity);
        let mut fan_out = self.0.fan_out.lock();
        let states = self.0.store.cached_states();
        let known = states.into_iter().map(|new| Notice::Added { new, initial: true });
        listener.tell(known, self.0.store.is_synced());
        if fan_out.stopped {
            listener.end();
        }
        fan_out.listeners.push(Arc::clone(&listener));
        listener
    }

    fn end(&self) {
        let mut fan_out = self.0.fan_out.lock();
        fan_out.stopped = true;
        fan_out.listeners.iter().for_each(|listener| listener.end());
        self.0.health.send_modify(|health| health.phase = None);
    }
}

impl FanOut {
    fn tell(&mut self, notices: &mut Vec<Notice>, synced: bool) {
        if !notices.is_empty() || synced {
            self.listeners.retain(|listener| listener.tell(notices.iter().cloned(), synced));
        }
        notices.clear();
    }
}

/// Runs the handlers that there are and that come, until the shutdown; then to their ends.
async fn pump(mut coming: mpsc::UnboundedReceiver<BoxFuture<'static, ()>>, shutdown: &Shutdown) {
    let mut running = FuturesUnordered::new();
    let mut over = std::pin::pin!(shutdown.begun());
    loop {
        tokio::select! {
            biased;
            () = &mut over => break,
            Some(pump) = coming.recv() => running.push(pump),
            Some(()) = running.next(), if !running.is_empty() => {}
        }
    }
    coming.close();
    while let Some(pump) = coming.recv().await {
        running.push(pump);
    }
    while running.next().await.is_some() {}
}

/// The reflector's view of the rest.
struct Upstream<'a>(&'a Informer);

impl Sink for Upstream<'_> {
    async fn room(&mut self) {
        self.0.0.fifo.room().await;
    }

    fn push(&mut self, change: Change) {
        self.0.0.fifo.push(change);
    }

    fn failed(&mut self, error: &Error, reflector: &Reflector) {
        let kind = &self.0.0.store.resource().kind;
        let failures = reflector.failures();
        let text = error.chain();
        if error.is_gone() {
            tracing::debug!(%kind, "{text}; listing again");
        } else {
            tracing::warn!(%kind, failures, "{text}; trying again");
        }
        self.0.0.health.send_modify(|health| {
            health.last_error = Some(Arc::from(text));
            health.last_failed = Some(Instant::now());
            health.failed += 1;
        });
    }

    fn progressed(&mut self, reflector: &Reflector) {
        let (phase, failures) = (Some(reflector.phase()), reflector.failures());
        self.0.0.health.send_if_modified(|health| {
            let changed = health.phase != phase || health.failures != failures;
            health.phase = phase;
            health.failures = failures;
            changed
        });
    }
}

impl fmt::Debug for Informer {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Informer")
            .field("store", &self.0.store)
            .field("health", &*self.0.health.borrow())
            .finish_non_exhaustive()
    }
}
