//! Watches brought to an end from outside: by an order to those that run, or by a plan made before.

use crate::kind::Kind;
use std::sync::Arc;
use tokio::sync::watch;

/// How a watch ends when it is made to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// The stream ends as it does when its time is over.
    Close,
    /// The connection breaks between two events.
    Cut,
    /// The connection breaks within an event.
    CutInFrame,
    /// An event says that the resourceVersion is too old, then the stream ends.
    Expired,
}

/// What one watch has before it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WatchPlan {
    ending: Option<(usize, Ending)>,
    pub(crate) no_bookmarks: bool,
}

impl WatchPlan {
    /// Ends after this many events.
    pub(crate) fn ending(after: usize, ending: Ending) -> Self {
        Self { ending: Some((after, ending)), no_bookmarks: false }
    }

    pub(crate) fn without_bookmarks(self) -> Self {
        Self { no_bookmarks: true, ..self }
    }

    pub(super) fn due(&self, handed: usize) -> Option<Ending> {
        self.ending.filter(|(after, _)| handed >= *after).map(|(_, ending)| ending)
    }
}

#[derive(Clone, Debug, Default)]
struct Order {
    number: u64,
    /// Plural; `None`: every watch.
    plural: Option<Arc<str>>,
    ending: Option<Ending>,
}

/// Gives orders to all running watches; clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct WatchControl(Arc<watch::Sender<Order>>);

impl Default for WatchControl {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Order::default())))
    }
}

impl WatchControl {
    /// Ends the running watches of a resource, or all.
    pub(crate) fn end(&self, plural: Option<&str>, ending: Ending) {
        self.0.send_modify(|order| {
            order.number += 1;
            order.plural = plural.map(Into::into);
            order.ending = Some(ending);
        });
    }

    /// How many watches run.
    pub(crate) fn running(&self) -> usize {
        self.0.receiver_count()
    }

    /// For a watch that starts now: earlier orders do not concern it.
    pub(super) fn orders(&self) -> Orders {
        Orders(self.0.subscribe())
    }
}

/// The orders that one watch has not seen yet.
#[derive(Debug)]
pub(super) struct Orders(watch::Receiver<Order>);

impl Orders {
    pub(super) async fn changed(&mut self) {
        // `pending` must see it again: waiting alone does not mark it as seen.
        if self.0.changed().await.is_ok() {
            self.0.mark_changed();
        } else {
            std::future::pending::<()>().await;
        }
    }

    /// The latest order, if it is new and for this kind.
    pub(super) fn pending(&mut self, kind: &Kind) -> Option<Ending> {
        if !self.0.has_changed().unwrap_or(false) {
            return None;
        }
        let order = self.0.borrow_and_update();
        let mine = order.plural.as_deref().is_none_or(|plural| plural == kind.plural);
        order.ending.filter(|_| mine)
    }
}
