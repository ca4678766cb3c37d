//! What was asked of the server, in the order in which it was answered.

use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;

/// How many requests are remembered.
const KEPT: usize = 100_000;

/// One request and how it went.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalEntry {
    /// `get`, `list`, `watch`, `create`, ..; the method in lower case of what is no resource.
    pub verb: String,
    /// The path, with its query.
    pub path: String,
    /// Who asked.
    pub user: String,
    /// What the client calls itself.
    pub agent: String,
    /// The HTTP status; zero when the connection was broken on purpose.
    pub status: u16,
}

/// The requests of one server; clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal(Arc<Mutex<VecDeque<JournalEntry>>>);

impl Journal {
    pub(crate) fn note(&self, entry: JournalEntry) {
        let mut entries = self.0.lock();
        if entries.len() == KEPT {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    pub(crate) fn entries(&self) -> Vec<JournalEntry> {
        self.0.lock().iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.0.lock().clear();
    }
}
