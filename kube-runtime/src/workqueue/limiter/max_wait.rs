//! Another limiter, with an upper bound.

use std::time::Duration;

use tokio::time::Instant;

use super::RateLimiter;

/// What the inner limiter says, but never longer than `longest`.
#[derive(Clone, Debug)]
pub struct MaxWait<L> {
    inner: L,
    longest: Duration,
}

impl<L> MaxWait<L> {
    /// Bounds the waits of `inner`.
    #[must_use]
    pub const fn new(inner: L, longest: Duration) -> Self {
        Self { inner, longest }
    }
}

impl<K, L: RateLimiter<K>> RateLimiter<K> for MaxWait<L> {
    fn when(&mut self, key: &K, now: Instant) -> Duration {
        self.inner.when(key, now).min(self.longest)
    }

    fn forget(&mut self, key: &K) {
        self.inner.forget(key);
    }

    fn requeues(&self, key: &K) -> u32 {
        self.inner.requeues(key)
    }
}
