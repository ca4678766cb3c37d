//! Each failure of a key doubles its wait.

use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

use super::Failures;
use super::RateLimiter;

/// `base · 2^failures`, at most `longest`, for each key by itself.
#[derive(Clone, Debug)]
pub struct Exponential<K> {
    base: Duration,
    longest: Duration,
    failures: Failures<K>,
}

impl<K: Hash + Eq + Clone> Exponential<K> {
    /// The first failure waits `base`.
    #[must_use]
    pub fn new(base: Duration, longest: Duration) -> Self {
        Self { base, longest, failures: Failures::new() }
    }
}

impl<K: Hash + Eq + Clone + Send + 'static> RateLimiter<K> for Exponential<K> {
    fn when(&mut self, key: &K, _now: Instant) -> Duration {
        let factor = 2_u32.checked_pow(self.failures.count(key));
        factor.map_or(self.longest, |factor| self.base.saturating_mul(factor).min(self.longest))
    }

    fn forget(&mut self, key: &K) {
        self.failures.forget(key);
    }

    fn requeues(&self, key: &K) -> u32 {
        self.failures.of(key)
    }
}
