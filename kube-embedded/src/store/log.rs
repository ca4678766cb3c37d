//! What happened to one resource, newest last: events in, slices of them out, bounded in number and bytes.

use super::stored::Stored;
use std::collections::VecDeque;
use std::sync::Arc;

/// Names a resource in the store: `group/plural`, with an empty group for the core.
pub(crate) type ResourceId = Arc<str>;

/// One committed write.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) revision: u64,
    pub(crate) resource: ResourceId,
    pub(crate) before: Option<Arc<Stored>>,
    /// `None`: removed.
    pub(crate) after: Option<Arc<Stored>>,
}

impl Event {
    /// The object that this event is about, as it was last seen.
    pub(crate) fn object(&self) -> Option<&Arc<Stored>> {
        self.after.as_ref().or(self.before.as_ref())
    }

    fn size(&self) -> usize {
        self.object().map_or(0, |stored| stored.bytes.len())
    }
}

/// How much history is kept for each resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keep {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

impl Default for Keep {
    fn default() -> Self {
        Self { events: 100_000, bytes: 256 << 20 }
    }
}

/// The events of one resource after `floor`.
#[derive(Debug, Default)]
pub(super) struct Log {
    events: VecDeque<Arc<Event>>,
    bytes: usize,
    /// Every event with a greater revision is here.
    floor: u64,
}

impl Log {
    pub(super) fn starting(floor: u64) -> Self {
        Self { floor, ..Self::default() }
    }

    pub(super) fn floor(&self) -> u64 {
        self.floor
    }

    pub(super) fn push(&mut self, event: Arc<Event>, keep: Keep) {
        self.bytes += event.size();
        self.events.push_back(event);
        while self.events.len() > keep.events || self.bytes > keep.bytes {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= oldest.size();
            self.floor = oldest.revision;
        }
    }

    /// Forgets what happened up to and including `revision`.
    pub(super) fn compact(&mut self, revision: u64) {
        while self.events.front().is_some_and(|event| event.revision <= revision) {
            if let Some(event) = self.events.pop_front() {
                self.bytes -= event.size();
            }
        }
        self.floor = self.floor.max(revision);
    }

    /// The events after `revision`, oldest first.
    pub(super) fn after(&self, revision: u64) -> impl Iterator<Item = &Arc<Event>> {
        let start = self.events.partition_point(|event| event.revision <= revision);
        self.events.range(start..)
    }
}
