//! The order of a life: caches first, then workers that need not lead, leadership, the other workers; at the end workers first, then events, the
//! lease, the caches.

use std::future::Future;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::sync::watch;

use super::Group;
use super::running::Running;
use crate::controller::Named;
use crate::controller::Part;
use crate::error::Error;
use crate::error::Result;
use crate::flow::Key;
use crate::leader::Candidate;
use crate::leader::Health;
use crate::reconcile::trigger::Connected;
use crate::shutdown::Shutdown;
use crate::workqueue::WorkQueue;

/// How long events may take to be delivered at the end.
const EVENTS: Duration = Duration::from_secs(5);
/// How long giving up the lease may take.
const LEASE: Duration = Duration::from_secs(5);
/// How long caches may take to end: they only close connections.
const CACHES: Duration = Duration::from_secs(5);

/// Controllers and their caches, from start to end.
#[derive(Debug)]
pub(crate) struct Life {
    /// Asked for by whoever started us.
    shutdown: Shutdown,
    /// How long running reconciles may take to finish.
    deadline: Duration,
    caches: Group,
    caches_end: Shutdown,
    workers: Group,
    /// Those that need not lead.
    everywhere: Group,
    events: Group,
    events_end: Shutdown,
    /// Empty without leader election, and after the lease was lost.
    election: Group,
    election_end: Shutdown,
    queues: Vec<(String, WorkQueue<Key>)>,
    /// Until nothing is started any more.
    triggers: Option<Connected>,
}

impl Life {
    pub(crate) fn new(shutdown: Shutdown, deadline: Duration, triggers: Connected) -> Self {
        Self {
            shutdown,
            deadline,
            caches: Group::new(),
            caches_end: Shutdown::new(),
            workers: Group::new(),
            everywhere: Group::new(),
            events: Group::new(),
            events_end: Shutdown::new(),
            election: Group::new(),
            election_end: Shutdown::new(),
            queues: Vec::new(),
            triggers: Some(triggers),
        }
    }

    /// Ends the caches; handed to them when they are made.
    pub(crate) fn caches_end(&self) -> Shutdown {
        self.caches_end.clone()
    }

    /// Ends the delivery of events.
    pub(crate) fn events_end(&self) -> Shutdown {
        self.events_end.clone()
    }

    /// Starts the caches and waits until `synced`; `missing` says which are not yet.
    ///
    /// # Errors
    /// A cache that failed, or that the shutdown was quicker.
    pub(crate) async fn begin(
        &mut self,
        caches: impl Future<Output = Result<()>> + Send + 'static,
        synced: impl Future<Output = Result<()>>,
        missing: impl FnOnce() -> String,
    ) -> Result<()> {
        self.caches.spawn("caches", caches);
        let failed = tokio::select! {
            synced = synced => match synced {
                Ok(()) => return Ok(()),
                Err(error) => error,
            },
            ended = self.caches.next() => unexpected(ended, "the caches"),
            () = self.shutdown.begun() => Error::msg(format!(
                "stopped before the caches were synced: there is no whole list yet of {}",
                missing()
            )),
        };
        self.caches_end.begin();
        _ = self.caches.ended(CACHES).await;
        Err(failed)
    }

    /// Starts the workers, with a candidate those that lead as soon as that does, and a task that sees this life to its end.
    pub(crate) fn run(mut self, parts: Vec<Part>, candidate: Option<Candidate>) -> Running {
        let mut workers = Vec::new();
        for part in parts {
            match part.leads {
                true => workers.extend(part.workers),
                false => part.workers.into_iter().for_each(|(name, worker)| {
                    self.everywhere.spawn(name, worker);
                }),
            }
            for (name, deliver) in part.deliverers {
                self.events.spawn(name, async move {
                    deliver.await;
                    Ok(())
                });
            }
            self.queues.push((part.name, part.queue));
        }
        let health = candidate.as_ref().map(Candidate::health);
        if let Some(candidate) = candidate {
            self.election.spawn("leader election", candidate.run(self.election_end.clone()));
        }
        let queues = self.queues.clone();
        let stop = self.shutdown.child();
        self.shutdown = stop.clone();
        let mut group = Group::new();
        let (sender, ended) = oneshot::channel();
        let elected = health.clone();
        group.spawn("the end", async move {
            // Nobody may be there any more to be told.
            _ = sender.send(self.last(workers, elected).await);
            Ok(())
        });
        Running::new(group, ended, queues, stop, health)
    }

    /// Waits for the shutdown, or for something to fail, and ends everything in order.
    async fn last(
        mut self,
        workers: Vec<Named>,
        elected: Option<watch::Receiver<Health>>,
    ) -> Result<()> {
        let is_candidate = elected.is_some();
        let failed = self.work(workers, elected).await;
        tracing::debug!("stopping: running reconciles finish, none is started");
        self.triggers = None;
        for (_, queue) in &self.queues {
            queue.shut_down();
        }
        let lost = is_candidate && self.election.is_empty();
        let everywhere = self.everywhere.ended(self.deadline);
        let led = led(&mut self.workers, &mut self.election, self.deadline, lost);
        let ((workers, lost), everywhere) = tokio::join!(led, everywhere);
        self.events_end.begin();
        let events = self.events.ended(EVENTS).await;
        self.election_end.begin();
        let election = self.election.ended(LEASE).await;
        self.caches_end.begin();
        let caches = self.caches.ended(CACHES).await;
        let failed = failed.or(lost).map_or(Ok(()), Err);
        failed.and(workers).and(everywhere).and(events).and(election).and(caches)
    }

    /// Waits for leadership, starts the workers and waits for the end; why, unless it was the shutdown.
    async fn work(
        &mut self,
        workers: Vec<Named>,
        elected: Option<watch::Receiver<Health>>,
    ) -> Option<Error> {
        let asked = elected.clone();
        let leads = async {
            if let Some(mut elected) = elected
                && elected.wait_for(Health::is_leader).await.is_err()
            {
                // The election has ended, which is noticed beside this.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            () = self.shutdown.begun() => return None,
            ended = self.caches.next() => return Some(unexpected(ended, "the caches")),
            ended = self.election.next(), if !self.election.is_empty() => {
                return Some(unexpected(ended, "the election"));
            }
            ended = self.everywhere.next(), if !self.everywhere.is_empty() => {
                return Some(unexpected(ended, "a worker"));
            }
            () = leads => {}
        }
        for (name, worker) in workers {
            self.workers.spawn(name, worker);
        }
        tokio::select! {
            () = self.shutdown.begun() => None,
            () = yields(asked) => None,
            ended = self.caches.next() => Some(unexpected(ended, "the caches")),
            ended = self.workers.next(), if !self.workers.is_empty() => {
                Some(unexpected(ended, "a worker"))
            }
            ended = self.everywhere.next(), if !self.everywhere.is_empty() => {
                Some(unexpected(ended, "a worker"))
            }
            ended = self.election.next(), if !self.election.is_empty() => {
                Some(unexpected(ended, "the election"))
            }
        }
    }
}

/// Waits until the workers that lead have ended, and no longer than this process leads; also why it does no longer.
async fn led(
    workers: &mut Group,
    election: &mut Group,
    deadline: Duration,
    lost: bool,
) -> (Result<()>, Option<Error>) {
    // Who has lost the lease has no time left: others may begin.
    let deadline = if lost { Duration::ZERO } else { deadline };
    let lost = tokio::select! {
        biased;
        lost = election.next(), if !election.is_empty() => lost,
        ended = workers.ended(deadline) => return (ended, None),
    };
    (workers.ended(Duration::ZERO).await, Some(unexpected(lost, "the election")))
}

/// Waits until this process leads and another one asks it to make room.
async fn yields(asked: Option<watch::Receiver<Health>>) {
    let Some(mut asked) = asked else { return std::future::pending().await };
    let Ok(health) = asked.wait_for(Health::is_to_yield).await.map(|health| health.clone()) else {
        // The election has ended, which is noticed beside this.
        return std::future::pending().await;
    };
    let (lease, wanted_by) = (&health.lease, &health.wanted_by);
    tracing::info!(lease, wanted_by, "asked to make room: ending in order, as after a signal");
}

/// What was to run until the end has ended: with its failure, or with none.
fn unexpected(ended: Option<Result<()>>, what: &str) -> Error {
    match ended {
        Some(Err(error)) => error,
        _ => Error::msg(format!("{what} ended before they were asked to")),
    }
}
