//! Events about objects: what happened in, a bounded number of requests and whatever sinks make of it out, never in a reconcile's way.
//!
//! ```text
//! record ─▶ one queue for each sink ─┬─▶ combine ─▶ count ─▶ spam filter ─▶ the API
//!                                    ├─▶ the log
//!                                    └─▶ a program's own
//! ```
//!
//! Promises:
//! - Recording waits for nothing. What is dropped is counted, with the reason, in `kube_runtime_events_dropped_total`: a full queue of that sink,
//!   an object that has had too many, a server that refused it or could not be reached.
//! - What happens again within six minutes is one event with a count; events that differ in their notes only are one, from the tenth on.
//! - An event that the server has forgotten meanwhile is made anew.
//! - One event that cannot be written holds up no other.
//!
//! Mirrors: client-go tools/events, tools/record
//! Differs: two first occurrences never become two events; the note is part of what makes two occurrences the same; combining and the spam
//! filter hold for `events.k8s.io/v1` too; what is queued at the end is delivered.

mod api;
mod broadcast;
mod correlate;
mod deliver;
mod settings;
mod sink;

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use kube_core::Client;
use kube_core::Resource;
use kube_core::ResourceExt;

use crate::clock::Clock;
use crate::flow::Entry;
use crate::observe::Exposition;
use crate::observe::Kind;
use crate::shutdown::Shutdown;
use api::Place;
use broadcast::Inbox;
use broadcast::Lost;
use deliver::Delivery;

pub use settings::EventApi;
pub use settings::Events;
pub use sink::EventSink;
pub use sink::KeptEvents;
pub use sink::LogSink;

/// The server refuses a longer note.
const LONGEST_NOTE: usize = 1024;
/// The server refuses a longer reason, and a longer name of who reports.
const LONGEST_NAME: usize = 128;

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
#[non_exhaustive]
pub struct Occurrence {
    /// Who says so.
    pub controller: Arc<str>,
    /// Which object.
    pub regarding: ObjectReference,
    /// What sort it is.
    pub type_: EventType,
    /// Why, in one word for machines; at most 128 bytes.
    pub reason: String,
    /// What happened, for people; at most 1024 bytes.
    pub note: String,
    /// When.
    pub at: Timestamp,
}

/// Where a controller leaves what happened. Clones leave it at the same place.
#[derive(Clone)]
pub struct Recorder {
    controller: Arc<str>,
    inboxes: Arc<[Inbox]>,
    clock: Clock,
}

/// Who records, and where it goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reporter<'start> {
    pub(crate) client: &'start Client,
    pub(crate) controller: &'start str,
    /// Tells this process from others that run the same operator.
    pub(crate) instance: &'start str,
    /// What was done when it happened.
    pub(crate) action: &'static str,
    pub(crate) clock: Clock,
}

/// A future that delivers, and its name.
pub(crate) type Deliverer = (String, BoxFuture<'static, ()>);

/// A recorder, and what delivers to the API and to each other sink until `end` begins, and then what is still queued.
pub(crate) fn broadcast(
    reporter: Reporter<'_>,
    settings: &Events,
    end: &Shutdown,
) -> (Recorder, Vec<Deliverer>) {
    let Reporter { client, controller, instance, action, clock } = reporter;
    let (inbox, queue) = Inbox::new("api".to_owned(), settings.queued);
    let place = Place {
        client: client.clone(),
        api: settings.api,
        controller: controller.to_owned(),
        instance: shorten(format!("{controller}-{instance}"), LONGEST_NAME),
        action,
    };
    let delivery = Delivery::new(place, clock, settings, Arc::clone(&inbox.losses));
    let name = |sink: &str| format!("events of `{controller}` to {sink}");
    let deliver: BoxFuture<'static, ()> = Box::pin(delivery.run(queue, end.clone()));
    let mut deliverers = vec![(name("the API"), deliver)];
    let mut inboxes = vec![inbox];
    for sink in &settings.sinks {
        let (inbox, queue) = Inbox::new(sink.name().to_owned(), settings.queued);
        inboxes.push(inbox);
        deliverers.push((name(sink.name()), broadcast::tell(Arc::clone(sink), queue, end.clone())));
    }
    let recorder = Recorder { controller: controller.into(), inboxes: inboxes.into(), clock };
    (recorder, deliverers)
}

impl Recorder {
    /// What is left here goes nowhere.
    #[cfg(test)]
    pub(crate) fn nowhere(controller: &str) -> Self {
        let inboxes = Arc::new([]);
        Self { controller: controller.into(), inboxes, clock: Clock::default() }
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
        let occurrence = Arc::new(Occurrence {
            controller: Arc::clone(&self.controller),
            regarding,
            type_,
            reason: shorten(reason, LONGEST_NAME),
            note: shorten(note, LONGEST_NOTE),
            at: self.clock.now(),
        });
        self.inboxes.iter().for_each(|inbox| inbox.leave(&occurrence));
    }

    /// How many events were dropped, for whichever sink and reason.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        let all = self.inboxes.iter().flat_map(|inbox| Lost::ALL.map(|lost| inbox.losses.of(lost)));
        all.sum()
    }

    /// Writes what all recorders lost.
    pub(crate) fn expose(page: &mut Exposition, recorders: &[Self]) {
        let help = "Events that did not get to a sink, by reason";
        let mut samples = page.family("kube_runtime_events_dropped_total", Kind::Counter, help);
        for recorder in recorders {
            for inbox in &*recorder.inboxes {
                for lost in Lost::ALL {
                    let labels = [
                        ("controller", &*recorder.controller),
                        ("sink", inbox.sink.as_str()),
                        ("reason", lost.as_str()),
                    ];
                    samples.count(&labels, inbox.losses.of(lost));
                }
            }
        }
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
