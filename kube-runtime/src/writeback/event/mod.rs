//! Events about objects (`events.k8s.io/v1`): what happened in, a bounded number of requests out, never in a reconcile's way.
//!
//! Promises:
//! - Recording waits for nothing; when the queue is full the event is dropped and counted.
//! - What happens again within six minutes is one event with a count.
//! - An event that the server has forgotten meanwhile is made anew.
//!
//! Mirrors: client-go tools/events
//! Differs: one delivery task, so that two first occurrences never become two events; the note is part of what makes two occurrences the same.

mod pump;
mod series;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use kube_core::Resource;
use kube_core::ResourceExt;
use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::flow::Entry;

pub(crate) use pump::Pump;

/// How many occurrences wait for delivery at most.
const QUEUED: usize = 1000;

/// What sort of event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the server accepts these two")]
pub enum EventType {
    /// As it should be.
    Normal,
    /// Somebody should look.
    Warning,
}

impl EventType {
    /// As the API calls it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Warning => "Warning",
        }
    }
}

/// Something that happened to an object once.
#[derive(Clone, Debug)]
pub(crate) struct Occurrence {
    pub(crate) regarding: ObjectReference,
    pub(crate) type_: EventType,
    pub(crate) reason: String,
    pub(crate) note: String,
    pub(crate) at: Timestamp,
}

/// Where a controller leaves what happened. Clones leave it at the same place.
#[derive(Clone)]
pub struct Recorder {
    sender: mpsc::Sender<Occurrence>,
    dropped: Arc<AtomicU64>,
    clock: Clock,
}

impl Recorder {
    /// A recorder, and the other end of its queue.
    pub(crate) fn new(clock: Clock) -> (Self, mpsc::Receiver<Occurrence>) {
        let (sender, receiver) = mpsc::channel(QUEUED);
        (Self { sender, dropped: Arc::default(), clock }, receiver)
    }

    /// Leaves an occurrence to be delivered. It never waits: a full queue drops it.
    pub fn record<K: Resource>(
        &self,
        object: &K,
        type_: EventType,
        reason: impl Into<String>,
        note: impl Into<String>,
    ) {
        self.leave(reference(object), type_, reason.into(), note.into());
    }

    /// The same for an object that cannot be read as its type.
    pub(crate) fn record_cached<K: Resource>(
        &self,
        object: &Entry,
        type_: EventType,
        reason: &str,
        note: String,
    ) {
        let regarding = ObjectReference {
            name: Some(object.key().name().to_owned()),
            namespace: object.key().namespace().map(ToOwned::to_owned),
            uid: Some(object.uid().to_owned()),
            resource_version: Some(object.resource_version().to_owned()),
            ..kind_of::<K>()
        };
        self.leave(regarding, type_, reason.to_owned(), note);
    }

    fn leave(&self, regarding: ObjectReference, type_: EventType, reason: String, note: String) {
        let occurrence = Occurrence {
            regarding,
            type_,
            reason: shorten(reason, 128),
            note: shorten(note, 1024),
            at: self.clock.now(),
        };
        if self.sender.try_send(occurrence).is_err() {
            let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::debug!(dropped, "event dropped: the queue is full, or delivery has ended");
        }
    }

    /// How many occurrences were dropped.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Recorder").field("dropped", &self.dropped()).finish()
    }
}

fn reference<K: Resource>(object: &K) -> ObjectReference {
    ObjectReference {
        name: Some(object.name().to_owned()),
        namespace: object.namespace().map(ToOwned::to_owned),
        uid: object.uid().map(ToOwned::to_owned),
        resource_version: object.resource_version().map(ToOwned::to_owned),
        ..kind_of::<K>()
    }
}

fn kind_of<K: Resource>() -> ObjectReference {
    ObjectReference {
        api_version: Some(K::RESOURCE.api_version()),
        kind: Some(K::RESOURCE.kind.into_owned()),
        ..ObjectReference::default()
    }
}

/// The server refuses longer ones.
fn shorten(mut text: String, longest: usize) -> String {
    if text.len() > longest {
        let end = (0..=longest).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
    }
    text
}
