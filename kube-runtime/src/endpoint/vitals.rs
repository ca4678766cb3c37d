//! How an operator is doing: the parts that it is made of in, numbers and the results of checks out.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::Endpoint;
use super::check::Check;
use super::check::Checks;
use super::page::More;
use super::page::Page;
use crate::clock::Clock;
use crate::controller::Part;
use crate::error::Error;
use crate::error::Result;
use crate::error::chain;
use crate::flow::Key;
use crate::informer::Informers;
use crate::leader::Health as Leadership;
use crate::observe::Reconciles;
use crate::observe::Requests;
use crate::reconcile::plan::Plan;
use crate::shutdown::Shutdown;
use crate::webhook::Webhooks;
use crate::workqueue::WorkQueue;
use crate::writeback::event::Recorder;

/// The names of the checks that every operator has: whether it is ready, whether it is alive.
pub(crate) const READY: [&str; 2] = ["caches", "shutdown"];
pub(crate) const LIVE: [&str; 1] = ["workers"];

/// How an operator is doing, for a program that serves that itself. Clones ask the same operator; they may outlive it.
///
/// It is what `Running::vitals` returns.
#[derive(Clone, Default)]
pub struct Vitals(Arc<Inner>);

#[derive(Default)]
struct Inner {
    operator: String,
    clock: Clock,
    /// Seconds since 1970.
    started: f64,
    requests: Arc<Requests>,
    ready: Checks,
    live: Checks,
    more: Vec<More>,
    checked_within: Duration,
    /// What comes to be while the operator starts.
    informers: OnceLock<Informers>,
    controllers: OnceLock<Vec<Observed>>,
    leadership: OnceLock<watch::Receiver<Leadership>>,
    webhooks: OnceLock<Webhooks>,
    stop: OnceLock<Shutdown>,
    /// The checks that failed when they were last asked, so that each is told once.
    failing: Mutex<HashSet<String>>,
}

/// What is known of one controller.
pub(crate) struct Observed {
    pub(crate) name: String,
    pub(crate) queue: WorkQueue<Key>,
    pub(crate) reconciles: Arc<Reconciles>,
    pub(crate) recorder: Recorder,
    pub(crate) plan: Plan,
    /// Whether it works only while this process leads, if there is an election.
    pub(crate) leads: bool,
}

/// What an operator is made of, as far as it has come to be.
pub(super) struct Parts<'operator> {
    pub(super) operator: &'operator str,
    /// The present time.
    pub(super) at: Timestamp,
    /// Seconds since 1970.
    pub(super) started: f64,
    pub(super) stopping: bool,
    pub(super) requests: &'operator Requests,
    pub(super) informers: Option<&'operator Informers>,
    pub(super) controllers: &'operator [Observed],
    pub(super) leadership: Option<Leadership>,
    pub(super) webhooks: Option<&'operator Webhooks>,
}

/// Which question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Ready,
    Live,
}

impl fmt::Display for Question {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Ready => "ready",
            Self::Live => "live",
        })
    }
}

/// What one check came to; none is one that was left out.
pub(crate) type Asked = (String, Option<Result<()>>);

impl Parts<'_> {
    /// Whether this controller may not work before this process leads, and it does not.
    pub(super) fn waits(&self, controller: &Observed) -> bool {
        controller.leads && self.leadership.as_ref().is_some_and(|health| !health.is_leader())
    }
}

impl Vitals {
    /// Of an operator that is about to start.
    pub(crate) fn new(
        operator: &str,
        clock: Clock,
        endpoint: &Endpoint,
        ready: Checks,
        live: Checks,
        more: Vec<More>,
    ) -> Self {
        Self(Arc::new(Inner {
            operator: operator.to_owned(),
            clock,
            started: clock.now().as_duration().as_secs_f64(),
            ready,
            live,
            more,
            checked_within: endpoint.checked_within,
            ..Inner::default()
        }))
    }

    /// Who is to hear of the requests of the operator's client.
    pub(crate) fn requests(&self) -> Arc<Requests> {
        Arc::clone(&self.0.requests)
    }

    /// It has these caches.
    pub(crate) fn caches(&self, informers: &Informers) {
        _ = self.0.informers.set(informers.clone());
    }

    /// It has these controllers.
    pub(crate) fn controllers(&self, parts: &[Part]) {
        let observed = |part: &Part| Observed {
            name: part.name.clone(),
            queue: part.queue.clone(),
            reconciles: Arc::clone(&part.reconciles),
            recorder: part.recorder.clone(),
            plan: part.plan.clone(),
            leads: part.leads,
        };
        _ = self.0.controllers.set(parts.iter().map(observed).collect());
    }

    /// It is asked these.
    pub(crate) fn asked(&self, webhooks: &Webhooks) {
        _ = self.0.webhooks.set(webhooks.clone());
    }

    /// It is a candidate in a leader election, of which this tells.
    pub(crate) fn elects(&self, leadership: watch::Receiver<Leadership>) {
        _ = self.0.leadership.set(leadership);
    }

    /// It stops when this begins.
    pub(crate) fn stops_with(&self, stop: Shutdown) {
        _ = self.0.stop.set(stop);
    }

    /// All numbers, in Prometheus' text format, version 0.0.4.
    #[must_use]
    pub fn metrics(&self) -> String {
        Page { parts: self.parts(), more: &self.0.more }.write()
    }

    /// What the operator is made of now.
    pub(super) fn parts(&self) -> Parts<'_> {
        Parts {
            operator: &self.0.operator,
            at: self.0.clock.now(),
            started: self.0.started,
            stopping: self.stopping(),
            requests: &self.0.requests,
            informers: self.0.informers.get(),
            controllers: self.0.controllers.get().map_or(&[], Vec::as_slice),
            leadership: self.0.leadership.get().map(|leadership| leadership.borrow().clone()),
            webhooks: self.0.webhooks.get(),
        }
    }

    /// Whether it is ready: every cache is synced, or, if it converts objects between versions, that is served; it is not asked to stop, and the program's own checks say so.
    ///
    /// # Errors
    /// The checks that failed, and why.
    ///
    /// # Cancel safety
    /// Dropping the future drops the checks that run.
    pub async fn ready(&self) -> Result<()> {
        self.whole(Question::Ready, "ready").await
    }

    /// Whether it is alive: no worker is missing, and the program's own checks say so.
    ///
    /// # Errors
    /// The checks that failed, and why.
    ///
    /// # Cancel safety
    /// Dropping the future drops the checks that run.
    pub async fn live(&self) -> Result<()> {
        self.whole(Question::Live, "alive").await
    }

    async fn whole(&self, question: Question, what: &str) -> Result<()> {
        let results = self.ask(question, |_| true).await;
        let failed = |(name, result): Asked| match result {
            Some(Err(error)) => Some(format!("{name} ({})", chain(&error))),
            _ => None,
        };
        let failed: Vec<_> = results.into_iter().filter_map(failed).collect();
        if failed.is_empty() {
            return Ok(());
        }
        Err(Error::msg(format!("not {what}: {}", failed.join(", "))))
    }

    /// Asks the checks that are `wanted`, all at once, and returns what each came to, ours first.
    pub(crate) async fn ask(
        &self,
        question: Question,
        wanted: impl Fn(&str) -> bool,
    ) -> Vec<Asked> {
        let (own, users): (Vec<(&str, Result<()>)>, &Checks) = match question {
            Question::Ready => (
                READY.into_iter().zip([self.synced(), self.not_stopping()]).collect(),
                &self.0.ready,
            ),
            Question::Live => (LIVE.into_iter().zip([self.working()]).collect(), &self.0.live),
        };
        let limit = self.0.checked_within;
        let wanted = &wanted;
        let own = own.into_iter().map(|(name, result)| {
            let result = wanted(name).then_some(result);
            (name.to_owned(), result)
        });
        let users = join_all(users.all().iter().map(async |check: &Check| {
            let result = match wanted(&check.name) {
                true => Some(check.result(limit).await),
                false => None,
            };
            (check.name.clone(), result)
        }));
        let mut results: Vec<Asked> = own.collect();
        results.extend(users.await);
        self.tell(question, &results);
        results
    }

    /// Says once of each check that it fails, and once that it does no more.
    fn tell(&self, question: Question, results: &[Asked]) {
        let mut failing = self.0.failing.lock();
        for (name, result) in results {
            let Some(result) = result else { continue };
            let key = format!("{question} {name}");
            if let Err(error) = result {
                if failing.insert(key) {
                    let reason = chain(error);
                    tracing::warn!(check = name, "{question} check failed: {reason}");
                }
            } else if failing.remove(&key) {
                tracing::info!(check = name, "{question} check passed again");
            }
        }
    }

    fn synced(&self) -> Result<()> {
        // The API server asks through the Service, which leads to who is ready; and perhaps the caches wait for what it asks.
        if self.0.webhooks.get().is_some_and(Webhooks::converts) {
            return Ok(());
        }
        let Some(informers) = self.0.informers.get() else {
            return Err(Error::msg("the operator has not begun to fill its caches"));
        };
        let all = informers.all();
        let mut missing: Vec<String> = all
            .iter()
            .filter(|informer| !informer.health().borrow().synced)
            .map(|informer| informer.store().resource().to_string())
            .collect();
        missing.sort_unstable();
        match missing.is_empty() {
            true => Ok(()),
            false => Err(Error::msg(format!("no whole list yet of {}", missing.join(", ")))),
        }
    }

    fn not_stopping(&self) -> Result<()> {
        match self.stopping() {
            false => Ok(()),
            true => Err(Error::msg("the operator was asked to stop")),
        }
    }

    fn stopping(&self) -> bool {
        self.0.stop.get().is_some_and(Shutdown::is_begun)
    }

    fn working(&self) -> Result<()> {
        if self.stopping() {
            // They end, as they should.
            return Ok(());
        }
        for controller in self.0.controllers.get().into_iter().flatten() {
            let (there, wanted) = controller.reconciles.workers();
            if there < wanted {
                return Err(Error::msg(format!(
                    "{} of {wanted} workers of controller `{}` have ended",
                    wanted - there,
                    controller.name
                )));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Vitals {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Vitals")
            .field("operator", &self.0.operator)
            .field("ready", &self.0.ready)
            .field("live", &self.0.live)
            .finish_non_exhaustive()
    }
}
