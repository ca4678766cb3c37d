//! One handler's end: notices in, read one by one by whoever takes its time.

use std::fmt::{self, Formatter};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::buffer::{Buffer, Item};
use crate::flow::Notice;
use crate::handler::EventHandler;
use crate::indexer::Store;

/// So many notices a handler is told before the others have their turn: more than the indexer makes in one, so that none of those that are
/// quick falls behind because another was asked first.
const TURN: usize = 512;

/// The writing end of a handler's buffer.
pub(super) struct Listener {
    state: Mutex<State>,
    filled: Notify,
    synced: watch::Sender<bool>,
}

struct State {
    buffer: Buffer,
    /// No more notices: the informer has stopped.
    ended: bool,
    /// Nobody reads any more.
    removed: bool,
}

impl Listener {
    pub(super) fn new(capacity: usize) -> Arc<Self> {
        let state = State { buffer: Buffer::new(capacity), ended: false, removed: false };
        let synced = watch::Sender::new(false);
        Arc::new(Self { state: Mutex::new(state), filled: Notify::new(), synced })
    }

    /// Adds notices; false when nobody reads any more.
    pub(super) fn tell(&self, notices: impl Iterator<Item = Notice>, synced: bool) -> bool {
        let mut state = self.state.lock();
        if state.removed {
            return false;
        }
        notices.for_each(|notice| state.buffer.push(notice));
        if synced {
            state.buffer.push_synced();
        }
        drop(state);
        self.filled.notify_one();
        true
    }

    pub(super) fn end(&self) {
        self.state.lock().ended = true;
        self.filled.notify_one();
    }

    /// How many notices wait.
    pub(super) fn unread(&self) -> usize {
        self.state.lock().buffer.len()
    }

    fn remove(&self) {
        let mut state = self.state.lock();
        state.removed = true;
        state.buffer.clear();
        drop(state);
        self.filled.notify_one();
    }

    fn repeat(&self, store: &Store) {
        let states = store.cached_states();
        let mut state = self.state.lock();
        for cached in states {
            state.buffer.repeat(Notice::Updated { old: cached.clone(), new: cached });
        }
    }

    /// What is read next, and whether there will be no more after what there is.
    fn take(&self) -> (Option<Item>, bool) {
        let mut state = self.state.lock();
        (state.buffer.pop(), state.ended || state.removed)
    }

    async fn synced(&self) {
        // The sender is ours, so that waiting ends with a value or not at all.
        let _ = self.synced.subscribe().wait_for(|synced| *synced).await;
    }
}

/// Notices about one kind, read at the reader's own speed; dropping it ends the subscription.
pub struct Notices {
    listener: Arc<Listener>,
}

impl Notices {
    pub(super) fn new(listener: Arc<Listener>) -> Self {
        Self { listener }
    }

    /// The next notice; `None` when the informer has stopped, or the handler was removed, and
    /// everything was read. Asking for the next says that the one before is dealt with.
    ///
    /// # Cancel safety
    /// Dropping the future loses no notice.
    pub async fn next(&mut self) -> Option<Notice> {
        loop {
            let (item, over) = self.listener.take();
            match item {
                Some(Item::Notice(notice)) => return Some(notice),
                Some(Item::Synced) => {
                    self.listener.synced.send_replace(true);
                }
                None if over => return None,
                None => self.listener.filled.notified().await,
            }
        }
    }

    /// How many notices wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.listener.unread()
    }

    /// Whether none wait.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether everything of the initial list was read and dealt with.
    #[must_use]
    pub fn is_synced(&self) -> bool {
        *self.listener.synced.borrow()
    }

    /// Tells a handler until there is nothing more to tell.
    pub(super) async fn pump(
        mut self,
        handler: Box<dyn EventHandler>,
        store: Store,
        resync: Option<Duration>,
    ) {
        let mut due = resync.map(|period| Instant::now() + period);
        let mut turn = 0;
        loop {
            let notice = match due {
                None => self.next().await,
                Some(at) => match tokio::time::timeout_at(at, self.next()).await {
                    Ok(notice) => notice,
                    Err(_) => {
                        due = resync.map(|period| at + period);
                        self.listener.repeat(&store);
                        continue;
                    }
                },
            };
            let Some(notice) = notice else { return };
            if catch_unwind(AssertUnwindSafe(|| handler.on_notice(&notice))).is_err() {
                let kind = &store.resource().kind;
                tracing::error!(%kind, key = %notice.key(), "an event handler panicked; it misses this notice");
            }
            // Not tokio's budget: it is one for all handlers, and the first would use it up.
            turn += 1;
            if turn == TURN {
                turn = 0;
                tokio::task::yield_now().await;
            }
        }
    }
}

impl Drop for Notices {
    fn drop(&mut self) {
        self.listener.remove();
    }
}

/// A handler that has been added to an informer; it stays when this is dropped.
#[derive(Clone)]
pub struct Registration {
    listener: Arc<Listener>,
}

impl Registration {
    pub(super) fn new(listener: Arc<Listener>) -> Self {
        Self { listener }
    }

    /// Waits until the handler has dealt with everything of the initial list.
    ///
    /// # Cancel safety
    /// Dropping the future costs nothing.
    pub async fn synced(&self) {
        self.listener.synced().await;
    }

    /// Whether the handler has dealt with everything of the initial list.
    #[must_use]
    pub fn is_synced(&self) -> bool {
        *self.listener.synced.borrow()
    }

    /// How many notices the handler has not read yet.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.listener.unread()
    }

    /// Removes the handler: it is told nothing after the notice that it may just be dealing with.
    pub fn remove(&self) {
        self.listener.remove();
    }
}

impl fmt::Debug for Notices {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Notices").field("pending", &self.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let (synced, pending) = (self.is_synced(), self.pending());
        formatter
            .debug_struct("Registration")
            .field("synced", &synced)
            .field("pending", &pending)
            .finish()
    }
}
