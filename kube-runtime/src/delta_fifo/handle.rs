//! Two ends of one queue that wait for each other.

use std::fmt::{self, Formatter};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::machine::DeltaFifo;
use crate::flow::{Change, Delta};

/// A queue between one writer and one reader; clones are the same queue.
#[derive(Clone)]
pub struct Fifo(Arc<Shared>);

struct Shared {
    machine: Mutex<DeltaFifo>,
    filled: Notify,
    emptied: Notify,
}

impl Fifo {
    /// A queue that holds this many deltas before the writer waits.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self(Arc::new(Shared {
            machine: Mutex::new(DeltaFifo::new(capacity)),
            filled: Notify::new(),
            emptied: Notify::new(),
        }))
    }

    /// Adds what was heard at once; merges when the queue is full.
    pub fn push(&self, change: Change) {
        self.0.machine.lock().push(change);
        self.0.filled.notify_one();
    }

    /// Waits until the queue is not full.
    ///
    /// # Cancel safety
    /// Dropping the future costs nothing.
    pub async fn room(&self) {
        while self.0.machine.lock().is_full() {
            self.0.emptied.notified().await;
        }
    }

    /// Waits until something waits to be read, and appends all of it.
    ///
    /// # Cancel safety
    /// Dropping the future costs nothing: what was appended was appended without a wait after it.
    pub async fn take(&self, deltas: &mut Vec<Delta>) {
        while !self.drain(deltas) {
            self.0.filled.notified().await;
        }
        self.0.emptied.notify_one();
    }

    fn drain(&self, deltas: &mut Vec<Delta>) -> bool {
        let mut machine = self.0.machine.lock();
        let mut any = false;
        while machine.pop(deltas) {
            any = true;
        }
        any
    }

    /// How many deltas wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.machine.lock().len()
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.machine.lock().is_empty()
    }
}

impl fmt::Debug for Fifo {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Fifo").field("len", &self.len()).finish_non_exhaustive()
    }
}
