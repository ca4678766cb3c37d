//! The last failures of one controller, for people: each with its whole chain in, the latest of them out.

use std::collections::VecDeque;

use tokio::time::Instant;

/// So many causes of one failure are kept.
const CAUSES: usize = 16;
/// So many characters of one cause are kept.
const LETTERS: usize = 1000;

/// One failure. That of a key which fails again in the same way is the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) key: String,
    /// `error`, `conflict`, `terminal`, `panic`, `timeout`.
    pub(crate) class: &'static str,
    /// What was tried, and below it why that failed.
    pub(crate) causes: Vec<String>,
    pub(crate) first: Instant,
    pub(crate) last: Instant,
    pub(crate) times: u64,
}

/// The latest failures, a bounded number of them.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    limit: usize,
    ring: VecDeque<Failed>,
}

impl Failures {
    /// Keeps so many; none costs nothing.
    pub(crate) fn keeping(limit: usize) -> Self {
        Self { limit, ring: VecDeque::new() }
    }

    pub(crate) fn is_off(&self) -> bool {
        self.limit == 0
    }

    /// One more.
    pub(crate) fn add(
        &mut self,
        key: String,
        class: &'static str,
        causes: impl Iterator<Item = String>,
        now: Instant,
    ) {
        if self.is_off() {
            return;
        }
        let causes: Vec<String> = causes.take(CAUSES).map(shortened).collect();
        let same = |one: &Failed| one.key == key && one.causes == causes;
        let failed = match self.ring.iter().position(same).and_then(|at| self.ring.remove(at)) {
            Some(known) => Failed { last: now, times: known.times + 1, class, ..known },
            None => Failed { key, class, causes, first: now, last: now, times: 1 },
        };
        if self.ring.len() == self.limit {
            self.ring.pop_front();
        }
        self.ring.push_back(failed);
    }

    /// Those that are kept, the latest first.
    pub(crate) fn latest(&self) -> Vec<Failed> {
        self.ring.iter().rev().cloned().collect()
    }
}

fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LETTERS) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn add(failures: &mut Failures, key: &str, causes: &[&str], now: Instant) {
        let causes = causes.iter().map(ToString::to_string);
        failures.add(key.to_owned(), "error", causes, now);
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_again_in_the_same_way_is_one_failure_and_the_oldest_goes_first() {
        let mut failures = Failures::keeping(2);
        let (now, second) = (Instant::now(), Duration::from_secs(1));
        add(&mut failures, "prod/a", &["no", "because"], now);
        add(&mut failures, "prod/b", &["no"], now);
        add(&mut failures, "prod/a", &["no", "because"], now + second);
        let seen = |failures: &Failures| -> Vec<(String, u64)> {
            failures.latest().into_iter().map(|it| (it.key, it.times)).collect()
        };
        assert_eq!(seen(&failures), [("prod/a".to_owned(), 2), ("prod/b".to_owned(), 1)]);
        assert_eq!((failures.latest()[0].first, failures.latest()[0].last), (now, now + second));
        add(&mut failures, "prod/a", &["no", "other reason"], now);
        assert_eq!(seen(&failures), [("prod/a".to_owned(), 1), ("prod/a".to_owned(), 2)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_chain_is_bounded_in_length_and_depth() {
        let mut failures = Failures::keeping(1);
        let long = "é".repeat(5000);
        let causes = std::iter::repeat_with(|| long.clone());
        failures.add("prod/a".to_owned(), "error", causes, Instant::now());
        let causes = &failures.latest()[0].causes;
        assert_eq!(causes.len(), 16);
        assert_eq!(causes[0].chars().count(), 1001);
        let mut none = Failures::keeping(0);
        add(&mut none, "prod/a", &["no"], Instant::now());
        assert!(none.latest().is_empty());
    }
}
