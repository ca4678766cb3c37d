//! What happens in a play in; when a process ends, and what the caches of a collection are shown, out.

use std::sync::Arc;

use kube_core::request::Method;
use kube_core::request::Request;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::sync::watch;

use super::disturbance::Disturbance;
use super::disturbance::Write;
use super::place::Place;

/// After so many writes a story is taken for one that never ends.
pub(super) const LIMIT: usize = 1_000;
/// After so many requests of an operator nothing is answered any more: it asks without end.
const REQUESTS: usize = 50_000;

/// What the caches of one collection are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// What is there.
    Live,
    /// What was there at this revision, and nothing after it yet.
    Behind { collection: String, revision: u64 },
    /// Nothing new.
    Withheld { collection: String },
    /// What is there, to who asks anew: what happened before this revision is forgotten.
    Forgotten { collection: String, revision: u64 },
}

impl View {
    /// Whether nothing is withheld any more.
    pub(super) fn is_current(&self) -> bool {
        matches!(self, Self::Live | Self::Forgotten { .. })
    }

    /// Whether a watch of this collection is told nothing.
    pub(super) fn withholds(&self, wanted: &str) -> bool {
        match self {
            Self::Behind { collection, .. } | Self::Withheld { collection } => collection == wanted,
            Self::Live | Self::Forgotten { .. } => false,
        }
    }
}

/// One play, shared by all that send requests in it.
#[derive(Clone)]
pub(super) struct Life {
    disturbance: Option<Disturbance>,
    seed: u64,
    state: Arc<Mutex<State>>,
    view: watch::Sender<View>,
    ended: Arc<Notify>,
    pub(super) begun: Arc<Notify>,
}

#[derive(Default)]
struct State {
    writes: Vec<Write>,
    requests: usize,
    is_over: bool,
}

impl Life {
    pub(super) fn new(disturbance: Option<Disturbance>, seed: u64) -> Self {
        let view = watch::Sender::new(View::Live);
        Self {
            disturbance,
            seed,
            state: Arc::default(),
            view,
            ended: Arc::default(),
            begun: Arc::default(),
        }
    }

    /// What the random numbers of the play are made of.
    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    pub(super) fn writes(&self) -> Vec<Write> {
        self.state.lock().writes.clone()
    }

    /// Whether the first process has died.
    pub(super) fn is_over(&self) -> bool {
        self.state.lock().is_over
    }

    /// Whether what was to be done to this play was done.
    pub(super) fn is_disturbed(&self) -> bool {
        self.is_over() || matches!(&*self.view.borrow(), View::Forgotten { .. })
    }

    /// Waits until the first process has died. Only one waits.
    pub(super) async fn over(&self) {
        if !self.is_over() {
            self.ended.notified().await;
        }
    }

    fn end(&self) {
        self.state.lock().is_over = true;
        self.ended.notify_one();
    }

    pub(super) fn view(&self) -> watch::Receiver<View> {
        self.view.subscribe()
    }

    /// Notes a request of an operator. False when there were too many.
    pub(super) fn asks(&self) -> bool {
        let mut state = self.state.lock();
        state.requests += 1;
        state.requests < REQUESTS
    }

    /// Whether the operator has asked for more than any operator would.
    pub(super) fn asks_without_end(&self) -> bool {
        self.state.lock().requests >= REQUESTS
    }

    /// A write is about to be carried out, at this revision of the server. Says which it is, if it is to be.
    pub(super) fn begins(
        &self,
        request: &Request,
        by_operator: bool,
        before: u64,
    ) -> Option<usize> {
        debug_assert!(request.method != Method::Get, "that is no write");
        let number = {
            let mut state = self.state.lock();
            if state.writes.len() < LIMIT {
                let line = format!("{} {}", request.method.as_str(), request.path_and_query());
                let place = Place::of(request);
                state.writes.push(Write { line, by_operator, place, before, after: before });
            }
            state.writes.len() - 1
        };
        match &self.disturbance {
            Some(Disturbance::Before(death)) if *death == number => {
                self.end();
                return None;
            }
            Some(Disturbance::Missed { write, object }) if *write == number => {
                let collection = object.collection.clone();
                self.view.send_replace(View::Withheld { collection });
            }
            _ => {}
        }
        Some(number)
    }

    /// That write has been carried out, and the server is at this revision.
    pub(super) fn carried_out(&self, number: usize, after: u64) {
        let (write, since) = {
            let mut state = self.state.lock();
            state.writes[number].after = after;
            let since = match &self.disturbance {
                Some(Disturbance::Behind { since, .. }) => {
                    state.writes.get(*since).map(|write| write.before)
                }
                _ => None,
            };
            (state.writes[number].clone(), since)
        };
        match &self.disturbance {
            Some(Disturbance::After(death)) if *death == number => self.end(),
            Some(Disturbance::Behind { write, collection, .. }) if *write == number => {
                if let Some(revision) = since {
                    let collection = collection.clone();
                    self.view.send_replace(View::Behind { collection, revision });
                }
                self.end();
            }
            Some(Disturbance::Missed { write: missed, object })
                if number > *missed
                    && !write.by_operator
                    && write.place.as_ref() == Some(object) =>
            {
                self.catch_up(after);
            }
            _ => {}
        }
    }

    /// Ends what caches are not shown, at this revision of the server.
    pub(super) fn catch_up(&self, revision: u64) {
        self.view.send_if_modified(|view| {
            *view = match &*view {
                View::Behind { .. } => View::Live,
                View::Withheld { collection } => {
                    View::Forgotten { collection: collection.clone(), revision }
                }
                View::Live | View::Forgotten { .. } => return false,
            };
            true
        });
    }
}
