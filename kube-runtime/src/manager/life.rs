//! The order of a life: caches first, then workers; at the end workers first, then events, then caches.

use std::future::Future;
use std::time::Duration;

use tokio::sync::oneshot;

use super::Group;
use super::running::Running;
use crate::controller::Part;
use crate::error::Error;
use crate::error::Result;
use crate::flow::Key;
use crate::shutdown::Shutdown;
use crate::workqueue::WorkQueue;

/// How long events may take to be delivered at the end.
const EVENTS: Duration = Duration::from_secs(5);
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
    events: Group,
    events_end: Shutdown,
    queues: Vec<(String, WorkQueue<Key>)>,
}

impl Life {
    pub(crate) fn new(shutdown: Shutdown, deadline: Duration) -> Self {
        Self {
            shutdown,
            deadline,
            caches: Group::new(),
            caches_end: Shutdown::new(),
            workers: Group::new(),
            events: Group::new(),
            events_end: Shutdown::new(),
            queues: Vec::new(),
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

    /// Starts the caches and waits until `synced`.
    ///
    /// # Errors
    /// A cache that failed, or that the shutdown was quicker.
    pub(crate) async fn begin(
        &mut self,
        caches: impl Future<Output = Result<()>> + Send + 'static,
        synced: impl Future<Output = Result<()>>,
    ) -> Result<()> {
        self.caches.spawn("caches", caches);
        let failed = tokio::select! {
            synced = synced => match synced {
                Ok(()) => return Ok(()),
                Err(error) => error,
            },
            ended = self.caches.next() => unexpected(ended, "the caches"),
            () = self.shutdown.begun() => Error::msg("stopped before the caches were synced"),
        };
        self.caches_end.begin();
        _ = self.caches.ended(CACHES).await;
        Err(failed)
    }

    /// Starts the workers, and a task that sees this life to its end.
    pub(crate) fn run(mut self, parts: Vec<Part>) -> Running {
        for part in parts {
            for (name, worker) in part.workers {
                self.workers.spawn(name, worker);
            }
            let (name, deliver) = part.events;
            self.events.spawn(name, deliver);
            self.queues.push((part.name, part.queue));
        }
        let queues = self.queues.clone();
        let stop = self.shutdown.child();
        self.shutdown = stop.clone();
        let mut group = Group::new();
        let (sender, ended) = oneshot::channel();
        group.spawn("the end", async move {
            // Nobody may be there any more to be told.
            _ = sender.send(self.last().await);
            Ok(())
        });
        Running::new(group, ended, queues, stop)
    }

    /// Waits for the shutdown, or for something to fail, and ends everything in order.
    async fn last(mut self) -> Result<()> {
        let failed = tokio::select! {
            () = self.shutdown.begun() => None,
            ended = self.caches.next() => Some(unexpected(ended, "the caches")),
            ended = self.workers.next() => Some(unexpected(ended, "a worker")),
        };
        tracing::debug!("stopping: running reconciles finish, none is started");
        for (_, queue) in &self.queues {
            queue.shut_down();
        }
        let workers = self.workers.ended(self.deadline).await;
        self.events_end.begin();
        let events = self.events.ended(EVENTS).await;
        self.caches_end.begin();
        let caches = self.caches.ended(CACHES).await;
        failed.map_or(Ok(()), Err).and(workers).and(events).and(caches)
    }
}

/// What was to run until the end has ended: with its failure, or with none.
fn unexpected(ended: Option<Result<()>>, what: &str) -> Error {
    match ended {
        Some(Err(error)) => error,
        _ => Error::msg(format!("{what} ended before they were asked to")),
    }
}
