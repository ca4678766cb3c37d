//! Who is told of events beside the API: what happened in, a line of the log, a list, or whatever a program makes of it out.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

use super::EventType;
use super::Occurrence;

/// Somebody who is told of every event, uncounted and unfiltered, in the order in which one controller records them.
///
/// It is called from a task of its own, with a queue of its own: while it takes its time, it delays nobody else, and when its queue is full
/// events are dropped for it alone. It must not block: what waits for something sends the event on to whoever may wait. One that panics misses
/// that event.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sink of events",
    note = "a closure `|event: &Occurrence| ..` is one, and so are `LogSink` and `KeptEvents`"
)]
pub trait EventSink: Send + Sync + 'static {
    /// An event happened.
    fn event(&self, event: &Occurrence);

    /// What it is called in metrics and the log.
    fn name(&self) -> &str {
        "sink"
    }
}

impl<F: Fn(&Occurrence) + Send + Sync + 'static> EventSink for F {
    fn event(&self, event: &Occurrence) {
        self(event);
    }
}

impl fmt::Debug for dyn EventSink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Tells the log: `Normal` as information, `Warning` as a warning.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing to say about it")]
pub struct LogSink;

impl EventSink for LogSink {
    fn event(&self, event: &Occurrence) {
        let regarding = &event.regarding;
        let part = |part: &Option<String>| part.clone().unwrap_or_default();
        let (kind, name) = (part(&regarding.kind), part(&regarding.name));
        let (namespace, reason) = (part(&regarding.namespace), &event.reason);
        match event.type_ {
            EventType::Normal => {
                tracing::info!(kind, namespace, name, reason, "event: {}", event.note);
            }
            EventType::Warning => {
                tracing::warn!(kind, namespace, name, reason, "event: {}", event.note);
            }
        }
    }

    fn name(&self) -> &str {
        "log"
    }
}

/// Keeps the last events, for tests and for whoever shows them. Clones keep the same ones.
#[derive(Clone, Debug)]
pub struct KeptEvents {
    kept: Arc<Mutex<VecDeque<Occurrence>>>,
    most: usize,
}

impl KeptEvents {
    /// Keeps the last `most`.
    #[must_use]
    pub fn last(most: usize) -> Self {
        Self { kept: Arc::default(), most }
    }

    /// Those that are kept, the oldest first; they are kept no longer.
    #[must_use]
    pub fn take(&self) -> Vec<Occurrence> {
        self.kept.lock().drain(..).collect()
    }
}

impl EventSink for KeptEvents {
    fn event(&self, event: &Occurrence) {
        let mut kept = self.kept.lock();
        if kept.len() >= self.most {
            kept.pop_front();
        }
        if self.most > 0 {
            kept.push_back(event.clone());
        }
    }

    fn name(&self) -> &str {
        "kept"
    }
}
