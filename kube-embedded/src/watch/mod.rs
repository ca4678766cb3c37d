//! The log followed: where to start in, frames out until the time is over.
//!
//! Promises:
//! - Events come in the order of their revisions, each once; none after the start is left out.
//! - A watcher that is too slow for the history is ended, not lied to.
//! - A watch on a kind that is served no longer ends.
//! - Without writes nothing runs but one timer for the next bookmark.
//!
//! Mirrors: kubernetes apiserver pkg/storage/cacher/cache_watcher.go, pkg/endpoints/handlers/watch.go
//! Differs: a watcher is a place in the log and has no queue of its own.

mod control;
mod frame;
mod start;

pub use control::Ending;
pub(crate) use control::{WatchControl, WatchPlan};
pub(crate) use frame::{Form, partial};
pub(crate) use start::{WatchOptions, start};

use crate::cluster::Cluster;
use crate::convert;
use crate::kind::Kind;
use crate::status::Failure;
use crate::store::{Event, Stored};
use crate::verb::Selection;
use bytes::{Bytes, BytesMut};
use control::Orders;
use frame::{Framer, What};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// How often a watcher that asked for it is told how far it is.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);
/// How long before its end it is told once more.
const BOOKMARK_BEFORE_END: Duration = Duration::from_secs(2);
/// Frames are handed on in pieces of about this size.
const PIECE: usize = 64 << 10;
/// How many events are read at once.
const BATCH: usize = 256;

/// One running watch.
#[derive(Debug)]
pub(crate) struct Watcher {
    cluster: Cluster,
    kind: Arc<Kind>,
    namespace: Option<String>,
    selection: Selection,
    framer: Framer,
    /// Everything up to this revision was handed on.
    cursor: u64,
    initial: std::vec::IntoIter<Arc<Stored>>,
    /// The initial objects are as they are stored.
    unfit: bool,
    /// The bookmark after the initial objects.
    end_mark: bool,
    bookmarks: bool,
    next_mark: Instant,
    /// The revision of the start: the mark before the end is for watches that saw progress.
    started: u64,
    deadline: Instant,
    news: watch::Receiver<u64>,
    removals: watch::Receiver<()>,
    orders: Orders,
    plan: WatchPlan,
    handed: usize,
    ended: bool,
    failing: Option<Bytes>,
}

impl Watcher {
    /// The next piece of the stream; `None`: it is over.
    ///
    /// # Cancel safety
    /// Nothing is lost: what was not handed on is read again.
    pub(crate) async fn next(&mut self) -> Option<io::Result<Bytes>> {
        if let Some(failing) = self.failing.take() {
            self.ended = true;
            return Some(Ok(failing));
        }
        while !self.ended {
            self.follow_kind();
            if let Err(failure) = self.fit_initial().await {
                return self.fail(&failure);
            }
            let initial = self.initial_piece();
            if !initial.is_empty() {
                return Some(Ok(initial));
            }
            if let Some(ending) = self.orders.pending(&self.kind) {
                return self.end(ending);
            }
            if let Some(ending) = self.plan.due(self.handed) {
                return self.end(ending);
            }
            self.news.borrow_and_update();
            let revision = self.cluster.store.revision();
            let Ok(events) = self.cluster.store.events(&self.kind.resource, self.cursor, BATCH)
            else {
                // Too slow: what this watcher needs next is forgotten.
                return None;
            };
            if !events.is_empty() {
                let events = match self.fitted(events).await {
                    Ok(events) => events,
                    Err(failure) => return self.fail(&failure),
                };
                let piece = self.piece(&events);
                if !piece.is_empty() {
                    return Some(Ok(piece));
                }
                continue;
            }
            self.removals.borrow_and_update();
            if !self.cluster.kinds.serves(&self.kind) {
                return None;
            }
            if let Some(mark) = self.mark(revision.max(self.cursor)) {
                return Some(Ok(mark));
            }
            if Instant::now() >= self.deadline {
                return None;
            }
            self.wait().await;
        }
        None
    }

    /// The kind as its definition says it now: the webhook that converts may have moved, or got another CA.
    fn follow_kind(&mut self) {
        let Kind { group, version, plural, custom, .. } = &*self.kind;
        if *custom && let Some(kind) = self.cluster.kinds.find(group, version, plural) {
            self.kind = kind;
        }
    }

    /// Converts what was there at the start, where a webhook does that. What is dropped while it waits is asked for again.
    async fn fit_initial(&mut self) -> Result<(), Failure> {
        if self.kind.hook.is_some() && self.unfit {
            let items = self.initial.as_slice().to_vec();
            let mut items = convert::fit_all(&self.cluster, &self.kind, items).await?;
            items.retain(|stored| self.selection.matches(stored));
            self.initial = items.into_iter();
        }
        self.unfit = false;
        Ok(())
    }

    /// The events with what this watcher is shown of them converted, where a webhook does that.
    async fn fitted(&self, events: Vec<Arc<Event>>) -> Result<Vec<Arc<Event>>, Failure> {
        if self.kind.hook.is_none() {
            return Ok(events);
        }
        // Where fields select, both sides are needed to say what an event is; else the one that is shown.
        let both = self.selection.has_fields();
        let needed = |event: &Event| {
            let what = self.what(event);
            let shown = |deleted| what.is_some_and(|what| (what == What::Deleted) == deleted);
            [both || shown(true), both || shown(false)]
        };
        let sides = |event: &Event| [event.before.clone(), event.after.clone()];
        let mut stored = Vec::new();
        for event in &events {
            let pairs = sides(event).into_iter().zip(needed(event));
            stored.extend(pairs.filter(|(_, needed)| *needed).filter_map(|(side, _)| side));
        }
        let mut fitted = convert::fit_all(&self.cluster, &self.kind, stored).await?.into_iter();
        let fit = |event: Arc<Event>| {
            let mut pairs = sides(&event).into_iter().zip(needed(&event));
            let mut next = || {
                let (side, needed) = pairs.next()?;
                if needed && side.is_some() { fitted.next() } else { side }
            };
            let (before, after) = (next(), next());
            let resource = Arc::clone(&event.resource);
            Arc::new(Event { revision: event.revision, resource, before, after })
        };
        Ok(events.into_iter().map(fit).collect())
    }

    fn fail(&mut self, failure: &Failure) -> Option<io::Result<Bytes>> {
        self.ended = true;
        Some(Ok(frame::error(&failure.to_value())))
    }

    async fn wait(&mut self) {
        let until = if self.bookmarks { self.next_mark.min(self.deadline) } else { self.deadline };
        let (news, orders, removals) = (&mut self.news, &mut self.orders, &mut self.removals);
        let either = async {
            tokio::select! {
                changed = news.changed() => drop(changed),
                () = orders.changed() => {}
                changed = removals.changed() => drop(changed),
            }
        };
        // The time being over is as good a reason to look again as news are.
        let _ = timeout_at(until, either).await;
    }

    fn end(&mut self, ending: Ending) -> Option<io::Result<Bytes>> {
        self.ended = true;
        match ending {
            Ending::Close => None,
            Ending::Cut => {
                Some(Err(io::Error::new(io::ErrorKind::ConnectionReset, "the watch was cut")))
            }
            Ending::CutInFrame => {
                let failing = Bytes::from_static(b"{\"type\":\"MODIFIED\",\"object\":{\"kind\":");
                self.ended = false;
                self.plan = WatchPlan::ending(0, Ending::Cut);
                Some(Ok(failing))
            }
            Ending::Expired => {
                let revision = self.cluster.store.revision();
                let message = format!("too old resource version: {} ({revision})", self.cursor);
                Some(Ok(frame::error(&Failure::expired(message).to_value())))
            }
        }
    }

    fn initial_piece(&mut self) -> Bytes {
        let mut out = BytesMut::new();
        while out.len() < PIECE {
            let Some(stored) = self.initial.next() else { break };
            self.framer.initial(&mut out, &self.kind, &stored);
            self.handed += 1;
        }
        if self.initial.len() == 0 && self.end_mark {
            self.end_mark = false;
            self.framer.bookmark(&mut out, &self.kind, self.cursor, true);
        }
        out.freeze()
    }

    fn piece(&mut self, events: &[Arc<Event>]) -> Bytes {
        let mut out = BytesMut::new();
        for event in events {
            if out.len() >= PIECE || self.plan.due(self.handed).is_some() {
                break;
            }
            self.cursor = event.revision;
            if let Some(what) = self.what(event) {
                self.framer.event(&mut out, &self.kind, what, event);
                self.handed += 1;
            }
        }
        out.freeze()
    }

    /// What an event is to this watcher.
    fn what(&self, event: &Event) -> Option<What> {
        let sees = |stored: &Option<Arc<Stored>>| {
            stored.as_ref().is_some_and(|stored| {
                let inside = self.namespace.as_deref().is_none_or(|own| own == &*stored.namespace);
                inside && self.selection.matches(stored)
            })
        };
        match (sees(&event.before), sees(&event.after)) {
            (false, true) => Some(What::Added),
            (true, true) => Some(What::Modified),
            (true, false) => Some(What::Deleted),
            (false, false) => None,
        }
    }

    /// A bookmark, if one is due and everything up to `revision` was handed on.
    fn mark(&mut self, revision: u64) -> Option<Bytes> {
        let now = Instant::now();
        if !self.bookmarks || now < self.next_mark {
            return None;
        }
        let last = now + BOOKMARK_BEFORE_END >= self.deadline;
        self.next_mark = if last {
            self.deadline
        } else {
            (now + BOOKMARK_EVERY).min(self.deadline - BOOKMARK_BEFORE_END)
        };
        if self.plan.no_bookmarks || now >= self.deadline || (last && self.cursor == self.started) {
            return None;
        }
        self.cursor = revision;
        let mut out = BytesMut::new();
        self.framer.bookmark(&mut out, &self.kind, revision, false);
        Some(out.freeze())
    }
}
