//! One key at a time: reads the object, sees to the finalizer, calls the function, and says how it ended.
//!
//! Promises:
//! - The function sees this process's own last write.
//! - The finalizer is on the object before the function runs for the first time, and goes only after the cleanup said `done`.
//! - A paused object is neither reconciled nor cleaned up after.
//! - A panic or a time-out is that key's failure only.
//! - A failure is said in the status where that has conditions, and costs no more reconciles than it would without.
//! - An object that is not what its type says never reaches the function; a Warning Event on it says why, and it is reconciled when it is mended.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use kube_core::Resource;
use kube_core::ResourceExt;
use tracing::Instrument as _;

use super::context::Context;
use super::handler::Call;
use super::malformed::Malformed;
use super::memory::Memory;
use super::outcome::Outcome;
use super::outcome::Panicked;
use super::outcome::TimedOut;
use super::paused::Paused;
use super::request::Request;
use crate::error::Error;
use crate::error::Failure;
use crate::error::Result;
use crate::error::chain;
use crate::flow::Action;
use crate::flow::Key;
use crate::indexer::Lister;
use crate::observe::ReconcileId;
use crate::observe::ReconcileIds;
use crate::observe::reconcile_span;
use crate::writeback::event::EventType;
use crate::writeback::finalizer;
use crate::writeback::readiness;
use crate::writeback::readiness::End;
use crate::writeback::readiness::Why;

/// How long the status may take to say how a reconcile ended.
const TOLD_WITHIN: Duration = Duration::from_secs(10);

/// Everything that one controller does for a key.
pub(crate) struct Reconciler<K> {
    pub(crate) context: Arc<Context>,
    pub(crate) primary: Lister<K>,
    pub(crate) reconcile: Call<K>,
    pub(crate) cleanup: Option<Call<K>>,
    pub(crate) finalizer: String,
    pub(crate) timeout: Option<Duration>,
    pub(crate) ids: ReconcileIds,
    pub(crate) malformed: Malformed,
    /// Where what was reconciled is kept, for functions that look at it.
    pub(crate) memory: Option<Memory>,
    pub(crate) paused: Arc<Paused>,
    /// Whether failures are said in the status: it has conditions.
    pub(crate) tells: bool,
}

impl<K: Resource> Reconciler<K> {
    /// Brings one object to where it should be.
    pub(crate) async fn run(&self, key: &Key) -> Outcome {
        let id = self.ids.next();
        let span = reconcile_span(&self.context.controller, key, id);
        async {
            let outcome = match self.attempt(key, id).await {
                Ok(outcome) => outcome,
                Err(error) => Outcome::failed(error),
            };
            report(&outcome);
            outcome
        }
        .instrument(span)
        .await
    }

    async fn attempt(&self, key: &Key, id: ReconcileId) -> Result<Outcome> {
        self.context.listers.settle().await?;
        let object = match self.primary.find(key) {
            Ok(found) => {
                self.malformed.forget(key);
                let Some(object) = self.unless_paused(key, found)? else {
                    return Ok(Outcome::Nothing);
                };
                object
            }
            Err(undecodable) => {
                // The cache has logged it, once. Only a change can cure it, and that brings the key again.
                tracing::debug!("not reconciled: {undecodable}");
                self.tell_malformed(key, &undecodable);
                return Ok(Outcome::Nothing);
            }
        };
        if object.is_deleted() {
            return self.finalize(object, key, id).await;
        }
        let object = match &self.cleanup {
            Some(_) if !finalizer::is_on(&*object, &self.finalizer) => {
                let writer = &self.context.writer;
                match finalizer::add(writer, object, &self.finalizer).await? {
                    Some(object) => object,
                    // Its deletion was quicker: there is nothing to clean up.
                    None => return Ok(Outcome::Nothing),
                }
            }
            _ => object,
        };
        let state = self.memory.as_ref().and_then(|_| self.primary.cached(key));
        let (_, outcome) = self.call(&self.reconcile, object, key, id).await?;
        if let (Some(memory), Some(state), Outcome::Done(_)) = (&self.memory, state, &outcome) {
            memory.keep(state, |key| self.primary.cached(key).is_some());
        }
        Ok(outcome)
    }

    /// The object is gone.
    fn forget(&self, key: &Key) {
        if let Some(memory) = &self.memory {
            memory.forget(key);
        }
    }

    /// The object, if it is there and not paused.
    fn unless_paused(&self, key: &Key, found: Option<Arc<K>>) -> Result<Option<Arc<K>>> {
        let mut object = found;
        if object.as_ref().is_some_and(|object| self.paused.is_said_by(&**object)) {
            self.paused.pass_over(key);
            // Who was told of its end before it was remembered has not enqueued it: the cache knows of that already.
            object = self.primary.find(key)?;
            if object.as_ref().is_some_and(|object| self.paused.is_said_by(&**object)) {
                return Ok(None);
            }
        }
        self.paused.forget(key);
        if object.is_none() {
            self.forget(key);
        }
        Ok(object)
    }

    /// Whoever looks at the object sees why nothing happens to it; once for each of its versions.
    fn tell_malformed(&self, key: &Key, undecodable: &kube_core::Error) {
        let Some(cached) = self.primary.cached(key) else { return };
        if self.malformed.is_news(key, cached.resource_version()) {
            let recorder = &self.context.recorder;
            recorder.record_cached::<K>(
                &cached,
                EventType::Warning,
                "Malformed",
                undecodable.chain(),
            );
        }
    }

    /// The object is to go: cleans up and lets it.
    async fn finalize(&self, object: Arc<K>, key: &Key, id: ReconcileId) -> Result<Outcome> {
        if !finalizer::is_on(&*object, &self.finalizer) {
            return Ok(Outcome::Nothing);
        }
        // Without a cleanup the mark is left from a former version of this controller, and nobody else would take it off.
        if let Some(cleanup) = &self.cleanup {
            let (action, outcome) = self.call(cleanup, Arc::clone(&object), key, id).await?;
            if !action.is_done() {
                return Ok(outcome);
            }
        }
        finalizer::remove(&self.context.writer, object, &self.finalizer).await?;
        tracing::info!("cleaned up: it may go");
        Ok(Outcome::Done(None))
    }

    /// Calls a user's function; whatever it does, this returns. With the action comes what it means for the key.
    async fn call(
        &self,
        function: &Call<K>,
        object: Arc<K>,
        key: &Key,
        id: ReconcileId,
    ) -> Result<(Action, Outcome)> {
        let previous = self.memory.as_ref().and_then(|memory| memory.of(key));
        let context = Arc::clone(&self.context);
        let request = Request::new(object, previous, key.clone(), id, context);
        // The function may panic before it returns its future.
        let guarded = AssertUnwindSafe(async { function(&request).await }).catch_unwind();
        let ended = match self.timeout {
            Some(limit) => match tokio::time::timeout(limit, guarded).await {
                Ok(ended) => ended,
                Err(_) => Ok(Err(Error::from(TimedOut(limit)))),
            },
            None => guarded.await,
        };
        let ended = ended.unwrap_or_else(|payload| Err(Error::from(Panicked::new(&*payload))));
        if let Some(end) = self.end(&request, &ended) {
            self.tell(&request, &end).await;
        }
        let action = ended?;
        Ok((action, Outcome::of(action, request.wake())))
    }

    /// What is to be said of how it ended, if anything: what others caused and trying again cures is not.
    fn end(&self, request: &Request<K>, ended: &Result<Action>) -> Option<End> {
        if !self.tells {
            return None;
        }
        let error = match ended {
            // Nobody would see it any more.
            Ok(_) if request.object().is_deleted() => return None,
            Ok(_) => return Some(End::Well),
            Err(error) => error,
        };
        let why = match Failure::of(error) {
            Failure::Conflict | Failure::NotBefore(_) => return None,
            Failure::Terminal => Why::Final,
            _ if error.is::<Panicked>() => Why::Panicked,
            _ if error.is::<TimedOut>() => Why::TimedOut,
            _ => Why::Failed,
        };
        Some(End::Failure(why, chain(error)))
    }

    /// Says how it ended in the status. What goes wrong here changes nothing: the outcome is the function's.
    async fn tell(&self, request: &Request<K>, end: &End) {
        let Context { writer, clock, .. } = &*self.context;
        let latest = request.latest();
        let telling = readiness::tell(writer, &latest, end, clock.now());
        match tokio::time::timeout(TOLD_WITHIN, telling).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::debug!(error = error.chain(), "the status does not say it"),
            Err(_) => {
                tracing::debug!("the status does not say it: it could not be written in time")
            }
        }
    }
}

/// One line for each failure; what others caused and trying again cures is not worth a warning.
fn report(outcome: &Outcome) {
    match outcome {
        Outcome::Done(after) => tracing::debug!(?after, "reconciled"),
        Outcome::Retry => tracing::debug!("reconcile asks to be tried again"),
        Outcome::Nothing => tracing::trace!("nothing to reconcile"),
        Outcome::Failed(error, Failure::Conflict | Failure::NotBefore(_)) => {
            tracing::info!(error = chain(error), "reconcile is tried again");
        }
        Outcome::Failed(error, Failure::Terminal) => {
            tracing::error!(error = chain(error), "reconcile failed for good");
        }
        Outcome::Failed(error, _) => tracing::warn!(error = chain(error), "reconcile failed"),
    }
}

impl<K> fmt::Debug for Reconciler<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Reconciler").field("context", &self.context).finish_non_exhaustive()
    }
}
