//! The only place that spawns: named futures in, their end (or the first failure) out.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::task::Id;
use tokio::task::JoinError;
use tokio::task::JoinSet;

use crate::error::Error;
use crate::error::Result;

/// Tasks with one owner. Dropping the group aborts what still runs.
#[derive(Default)]
pub struct Group {
    tasks: JoinSet<Result<()>>,
    names: Vec<(Id, String)>,
}

impl Group {
    /// A group without tasks.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a task; its name is what an error of it is reported under.
    pub fn spawn(
        &mut self,
        name: impl Into<String>,
        future: impl Future<Output = Result<()>> + Send + 'static,
    ) -> AbortHandle {
        let handle = self.tasks.spawn(future);
        self.names.push((handle.id(), name.into()));
        handle
    }

    /// How many tasks have not ended yet, or ended unnoticed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether every task has ended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Waits for the next task to end; `None` when there is none.
    ///
    /// # Errors
    /// What the task failed with, or that it panicked, under its name.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<()>> {
        let ended = self.tasks.join_next_with_id().await?;
        let id = match &ended {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let position = self.names.iter().position(|(present, _)| *present == id);
        let name = position.map_or_else(String::new, |position| self.names.swap_remove(position).1);
        Some(match ended {
            Ok((_, result)) => result.map_err(|error| error.context(format!("{name} failed"))),
            Err(error) => Self::broken(&name, error),
        })
    }

    /// Waits until all have ended, at most `deadline`; then the rest is aborted.
    ///
    /// # Errors
    /// The first failure, or which tasks were aborted.
    pub async fn ended(&mut self, deadline: Duration) -> Result<()> {
        let mut first = None;
        let all = async {
            while let Some(result) = self.next().await {
                if let Err(error) = result {
                    first.get_or_insert(error);
                }
            }
        };
        if tokio::time::timeout(deadline, all).await.is_err() {
            let mut late: Vec<&str> = self.names.iter().map(|(_, name)| name.as_str()).collect();
            late.sort_unstable();
            let late = late.join(", ");
            first.get_or_insert_with(|| {
                Error::msg(format!("aborted after {}s without an end: {late}", deadline.as_secs()))
            });
            self.tasks.shutdown().await;
            self.names.clear();
        }
        first.map_or(Ok(()), Err)
    }

    fn broken(name: &str, error: JoinError) -> Result<()> {
        if error.is_cancelled() {
            return Ok(());
        }
        Err(Error::from(error).context(format!("{name} panicked")))
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.names.iter().map(|(_, name)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_task_that_does_not_end_is_aborted_at_the_deadline_and_named() {
        let mut group = Group::new();
        group.spawn("quick", async { Ok(()) });
        group.spawn("stuck", std::future::pending());
        let error = group.ended(Duration::from_secs(30)).await.unwrap_err();
        assert_eq!(error.to_string(), "aborted after 30s without an end: stuck");
        assert!(group.is_empty());
    }

    #[tokio::test]
    async fn the_first_failure_is_reported_under_its_name() {
        let mut group = Group::new();
        group.spawn("informer of pods", async { Err(Error::msg("forbidden")) });
        let error = group.ended(Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(format!("{error:#}"), "informer of pods failed: forbidden");
    }
}
