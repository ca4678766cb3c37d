//! From one recorder to many sinks: an occurrence in, a copy in the bounded queue of each out.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use futures::future::BoxFuture;
use tokio::sync::mpsc;

use super::Occurrence;
use super::sink::EventSink;
use crate::shutdown::Shutdown;

/// Why an event did not get where it was to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The queue of its sink was full, or delivery had ended.
    Full,
    /// Its object has had too many.
    Spam,
    /// The server refused it, or could not be reached.
    Undelivered,
}

impl Lost {
    pub(crate) const ALL: [Self; 3] = [Self::Full, Self::Spam, Self::Undelivered];

    /// As metrics call it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "queue_full",
            Self::Spam => "spam",
            Self::Undelivered => "undelivered",
        }
    }
}

/// What one sink lost, by reason.
#[derive(Debug, Default)]
pub(crate) struct Losses([AtomicU64; Lost::ALL.len()]);

impl Losses {
    pub(crate) fn add(&self, lost: Lost) {
        self.0[lost as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn of(&self, lost: Lost) -> u64 {
        self.0[lost as usize].load(Ordering::Relaxed)
    }
}

/// The queue of one sink.
#[derive(Debug)]
pub(crate) struct Inbox {
    pub(crate) sink: String,
    pub(crate) losses: Arc<Losses>,
    sender: mpsc::Sender<Arc<Occurrence>>,
}

impl Inbox {
    /// A queue for so many, and its other end.
    pub(super) fn new(sink: String, queued: usize) -> (Self, mpsc::Receiver<Arc<Occurrence>>) {
        let (sender, receiver) = mpsc::channel(queued);
        (Self { sink, losses: Arc::default(), sender }, receiver)
    }

    /// Never waits: what does not fit is lost, and counted.
    pub(super) fn leave(&self, occurrence: &Arc<Occurrence>) {
        if self.sender.try_send(Arc::clone(occurrence)).is_err() {
            self.losses.add(Lost::Full);
            tracing::debug!(
                sink = self.sink,
                "event dropped: the queue is full, or delivery has ended"
            );
        }
    }
}

/// Tells one sink until the shutdown begins, and then of what is still queued.
pub(super) fn tell(
    sink: Arc<dyn EventSink>,
    mut queue: mpsc::Receiver<Arc<Occurrence>>,
    end: Shutdown,
) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        loop {
            tokio::select! {
                biased;
                received = queue.recv() => {
                    let Some(occurrence) = received else { return };
                    if catch_unwind(AssertUnwindSafe(|| sink.event(&occurrence))).is_err() {
                        tracing::error!(sink = sink.name(), "a sink of events panicked; it misses this one");
                    }
                }
                () = end.begun(), if !queue.is_closed() => queue.close(),
            }
        }
    })
}
