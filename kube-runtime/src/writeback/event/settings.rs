//! How events are delivered: what a program says in, the settings of every controller's delivery out.

use std::sync::Arc;
use std::time::Duration;

use kube_core::ApiResource;
use kube_core::Scope;

use super::sink::EventSink;

/// Which API events are written to. They are the same objects in the cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "Kubernetes has these two")]
pub enum EventApi {
    /// `events.k8s.io/v1`.
    #[default]
    Events,
    /// `v1`, for what reads its `count` and `lastTimestamp` only.
    Core,
}

/// `events.k8s.io/v1`.
const EVENTS: ApiResource =
    ApiResource::of("events.k8s.io", "v1", "Event", "events", Scope::Namespaced);
/// `v1`.
const CORE: ApiResource = ApiResource::of("", "v1", "Event", "events", Scope::Namespaced);

impl EventApi {
    /// The resource that is written.
    pub(crate) const fn resource(self) -> ApiResource {
        match self {
            Self::Events => EVENTS,
            Self::Core => CORE,
        }
    }
}

/// How an operator delivers events; given to [`Operator::events`](crate::operator::Operator::events).
///
/// ```
/// use std::time::Duration;
/// use kube_runtime::operator::Operator;
/// use kube_runtime::writeback::event::{Events, LogSink};
///
/// let events = Events::new().sink(LogSink).burst(50).refill(Duration::from_secs(60));
/// let operator = Operator::new("shop").events(events);
/// # _ = operator;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "it is given to `Operator::events`"]
pub struct Events {
    /// Which API they are written to.
    pub api: EventApi,
    /// So many wait for each sink at most; what comes then is dropped for that sink, and counted. 1000.
    pub queued: usize,
    /// So many events of one object and type at once; more are not written, and counted. 25.
    pub burst: u32,
    /// In such a time an object may have one more. 5 minutes.
    pub refill: Duration,
    /// From so many events on that differ in their notes only, they are written as one. 10.
    pub similar: usize,
    /// Who is told beside the API.
    pub(crate) sinks: Vec<Arc<dyn EventSink>>,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            api: EventApi::default(),
            queued: 1000,
            burst: 25,
            refill: Duration::from_secs(300),
            similar: 10,
            sinks: Vec::new(),
        }
    }
}

impl Events {
    /// client-go's limits, and `events.k8s.io/v1`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes them to this API.
    pub fn api(mut self, api: EventApi) -> Self {
        self.api = api;
        self
    }

    /// So many wait for each sink at most.
    pub fn queued(mut self, queued: usize) -> Self {
        self.queued = queued.max(1);
        self
    }

    /// So many events of one object and type at once.
    pub fn burst(mut self, burst: u32) -> Self {
        self.burst = burst;
        self
    }

    /// In such a time an object may have one more.
    pub fn refill(mut self, refill: Duration) -> Self {
        self.refill = refill;
        self
    }

    /// From so many events on that differ in their notes only, they are written as one.
    pub fn similar(mut self, similar: usize) -> Self {
        self.similar = similar;
        self
    }

    /// Tells this one too, of every event.
    pub fn sink(mut self, sink: impl EventSink) -> Self {
        self.sinks.push(Arc::new(sink));
        self
    }
}
