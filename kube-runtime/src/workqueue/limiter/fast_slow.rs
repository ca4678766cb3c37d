//! A few quick attempts, then slow ones.

use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

use super::Failures;
use super::RateLimiter;

/// `fast` for the first `attempts` failures of a key, `slow` from then on.
#[derive(Clone, Debug)]
pub struct FastSlow<K> {
    fast: Duration,
    slow: Duration,
    attempts: u32,
    failures: Failures<K>,
}

impl<K: Hash + Eq + Clone> FastSlow<K> {
    /// `attempts` failures wait `fast`, later ones `slow`.
    #[must_use]
    pub fn new(fast: Duration, slow: Duration, attempts: u32) -> Self {
        Self { fast, slow, attempts, failures: Failures::new() }
    }
}

impl<K: Hash + Eq + Clone + Send + 'static> RateLimiter<K> for FastSlow<K> {
    fn when(&mut self, key: &K, _now: Instant) -> Duration {
        if self.failures.count(key) < self.attempts { self.fast } else { self.slow }
    }

    fn forget(&mut self, key: &K) {
        self.failures.forget(key);
    }

    fn requeues(&self, key: &K) -> u32 {
        self.failures.of(key)
    }
}
