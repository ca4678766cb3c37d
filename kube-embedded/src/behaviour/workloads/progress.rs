//! How far a workload is: what is wanted and the time in, how many are there, new and ready out.

use std::time::Duration;
use tokio::time::Instant;

/// The replicas of one workload, as numbers.
#[derive(Debug, Default)]
pub(super) struct Progress {
    template: String,
    /// How often the template changed.
    pub(super) revision: u64,
    pub(super) wanted: i64,
    /// Those of the present template.
    pub(super) updated: i64,
    pub(super) ready: i64,
    /// When the next one is ready.
    next: Option<Instant>,
    over: Option<Instant>,
}

impl Progress {
    pub(super) fn step(
        &mut self,
        template: &str,
        (wanted, ordered): (i64, bool),
        now: Instant,
        chance: &mut dyn FnMut() -> Duration,
    ) {
        if self.template != template {
            template.clone_into(&mut self.template);
            self.revision += 1;
            self.updated = 0;
            self.next = None;
        }
        self.wanted = wanted;
        self.updated = self.updated.min(wanted);
        self.ready = self.ready.min(wanted);
        if self.next.is_some_and(|next| next <= now) {
            self.next = None;
            self.updated = if ordered { self.updated + 1 } else { wanted };
            self.ready = self.ready.max(self.updated);
        }
        if self.updated < wanted {
            self.next.get_or_insert_with(|| now + chance());
        } else {
            self.next = None;
        }
    }

    /// When to look again.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Since when it is known to be over.
    pub(super) fn over(&mut self, now: Instant) -> Instant {
        *self.over.get_or_insert(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many are new and ready after each step, a second apart.
    fn steps(progress: &mut Progress, template: &str, wanted: (i64, bool)) -> Vec<(i64, i64)> {
        let now = progress.next().unwrap_or_else(Instant::now);
        let second = Duration::from_secs(1);
        let mut seen = Vec::new();
        for step in 0..4 {
            progress.step(template, wanted, now + second * step, &mut || second);
            seen.push((progress.updated, progress.ready));
        }
        seen
    }

    #[test]
    fn where_each_waits_for_the_one_before_one_is_ready_after_the_other() {
        let mut progress = Progress::default();
        assert_eq!(steps(&mut progress, "a", (3, true)), [(0, 0), (1, 1), (2, 2), (3, 3)]);
        assert_eq!(steps(&mut progress, "a", (1, true))[0], (1, 1), "those too many go at once");
        assert!(progress.next().is_none());
    }

    #[test]
    fn a_new_template_replaces_them_while_they_stay_ready() {
        let mut progress = Progress::default();
        assert_eq!(steps(&mut progress, "a", (2, false)), [(0, 0), (2, 2), (2, 2), (2, 2)]);
        assert_eq!(steps(&mut progress, "b", (2, false))[..2], [(0, 2), (2, 2)]);
        assert_eq!(progress.revision, 2);
    }
}
