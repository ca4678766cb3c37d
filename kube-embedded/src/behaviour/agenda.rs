//! Jobs and when they are due: each job once, the earliest first, equals in the order they came.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::hash::Hash;

use tokio::time::Instant;

/// What a behaviour means to do.
#[derive(Debug)]
pub(super) struct Agenda<Job> {
    planned: HashMap<Job, (Instant, u64)>,
    order: BTreeSet<(Instant, u64, Job)>,
    count: u64,
}

impl<Job: Clone + Ord + Hash> Agenda<Job> {
    pub(super) fn new() -> Self {
        Self { planned: HashMap::new(), order: BTreeSet::new(), count: 0 }
    }

    /// Plans a job; one that is planned already is done at the earlier of the two times.
    pub(super) fn plan(&mut self, job: Job, at: Instant) {
        if let Some(&(before, number)) = self.planned.get(&job) {
            if before <= at {
                return;
            }
            self.order.remove(&(before, number, job.clone()));
        }
        self.count += 1;
        self.planned.insert(job.clone(), (at, self.count));
        self.order.insert((at, self.count, job));
    }

    /// When the first job is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.order.first().map(|(at, ..)| *at)
    }

    /// The first job that is due by `now`.
    pub(super) fn take(&mut self, now: Instant) -> Option<Job> {
        if self.due()? > now {
            return None;
        }
        let (_, _, job) = self.order.pop_first()?;
        self.planned.remove(&job);
        Some(job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_job_is_done_once_at_its_earliest_time() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut agenda = Agenda::new();
        agenda.plan("late", at(9));
        agenda.plan("b", at(5));
        agenda.plan("a", at(5));
        agenda.plan("late", at(1));
        agenda.plan("b", at(7));
        assert_eq!(agenda.due(), Some(at(1)));
        assert_eq!(agenda.take(at(0)), None);
        let done: Vec<_> = std::iter::from_fn(|| agenda.take(at(9))).collect();
        assert_eq!(done, ["late", "b", "a"]);
        assert!(agenda.due().is_none());
    }
}
