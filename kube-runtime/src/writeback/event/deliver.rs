//! Delivers events to the API: takes occurrences from the queue, asks what is to be written, and writes it, many at once and one of each event.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Occurrence;
use super::api::Place;
use super::api::Written;
use super::broadcast::Losses;
use super::broadcast::Lost;
use super::correlate::Correlator;
use super::correlate::Identity;
use super::correlate::Spam;
use super::correlate::Write;
use super::settings::Events;
use crate::clock::Clock;
use crate::shutdown::Shutdown;

/// How often a write is tried when the server cannot be reached or asks to wait.
const TRIES: u32 = 6;
/// How often series are looked at.
const SWEEP: Duration = Duration::from_secs(60);
/// So many events are written at once. One that is tried again is one of them.
const AT_ONCE: usize = 32;

/// The delivery of one controller's events.
#[derive(Debug)]
pub(crate) struct Delivery {
    place: Arc<Place>,
    clock: Clock,
    correlator: Correlator,
    losses: Arc<Losses>,
}

/// What was to be written, and how that ended.
type Ended = (Write, Written);

/// Writes that are under way, and for each of them the one that follows.
#[derive(Default)]
struct UnderWay {
    running: FuturesUnordered<BoxFuture<'static, Ended>>,
    next: HashMap<Identity, Option<Write>>,
}

impl Delivery {
    pub(super) fn new(place: Place, clock: Clock, settings: &Events, losses: Arc<Losses>) -> Self {
        let correlator = Correlator::new(settings);
        Self { place: Arc::new(place), clock, correlator, losses }
    }

    /// Delivers until the shutdown begins, and then what is still queued.
    pub(crate) async fn run(
        mut self,
        mut queue: mpsc::Receiver<Arc<Occurrence>>,
        shutdown: Shutdown,
    ) {
        let mut sweep = Instant::now() + SWEEP;
        let mut under_way = UnderWay::default();
        let mut open = true;
        while open || !under_way.running.is_empty() {
            tokio::select! {
                biased;
                Some(ended) = under_way.running.next() => {
                    if let Some(write) = self.ended(ended, &mut under_way) {
                        self.start(write, &mut under_way, &shutdown);
                    }
                }
                received = queue.recv(), if open && under_way.running.len() < AT_ONCE => match received {
                    Some(occurrence) => match self.correlator.observe(&occurrence) {
                        Ok(Some(write)) => self.start(write, &mut under_way, &shutdown),
                        Ok(None) => {}
                        Err(Spam) => self.losses.add(Lost::Spam),
                    },
                    None => open = false,
                },
                () = shutdown.begun(), if !queue.is_closed() => queue.close(),
                () = tokio::time::sleep_until(sweep), if !self.correlator.is_empty() => {
                    sweep = Instant::now() + SWEEP;
                    for write in self.correlator.sweep(self.clock.now()) {
                        self.start(write, &mut under_way, &shutdown);
                    }
                }
            }
        }
    }

    /// Begins to write, or leaves it for when the write of the same event that is under way has ended; a later one replaces it there.
    fn start(&self, write: Write, under_way: &mut UnderWay, shutdown: &Shutdown) {
        if let Some(next) = under_way.next.get_mut(&write.identity) {
            *next = Some(write);
            return;
        }
        under_way.next.insert(write.identity.clone(), None);
        let (place, shutdown) = (Arc::clone(&self.place), shutdown.clone());
        under_way.running.push(Box::pin(async move {
            let written = patiently(&place, &write, &shutdown).await;
            (write, written)
        }));
    }

    /// What is to be written now that a write has ended.
    fn ended(&mut self, (write, written): Ended, under_way: &mut UnderWay) -> Option<Write> {
        let next = under_way.next.remove(&write.identity).flatten();
        match written {
            Written::Done => next,
            // It expired, or somebody deleted it, or somebody has its name: it is made anew.
            Written::Again => self.correlator.again(&write.identity),
            Written::Not(error) => {
                self.losses.add(Lost::Undelivered);
                tracing::debug!(error = error.chain(), "event not delivered");
                next
            }
        }
    }
}

/// Writes, and tries again when the server cannot be reached or asks to wait.
async fn patiently(place: &Place, write: &Write, shutdown: &Shutdown) -> Written {
    let (mut attempt, mut may_be_there) = (1, false);
    loop {
        match place.write(write).await {
            // The answer of an attempt was lost: the event that is there is this one.
            Written::Again if may_be_there && write.count == 1 => return Written::Done,
            Written::Not(error)
                if error.is_retryable() && attempt < TRIES && !shutdown.is_begun() =>
            {
                may_be_there |= error.is_outcome_unknown();
                let wait = Duration::from_secs(1 << attempt);
                _ = shutdown.or(tokio::time::sleep_until(Instant::now() + wait)).await;
                attempt += 1;
            }
            written => return written,
        }
    }
}
