//! So many retries a second, whatever the key.

use std::time::Duration;

use tokio::time::Instant;

use super::RateLimiter;

/// A token bucket of all keys together: `burst` retries at once, then `per_second`. It counts no failures.
#[derive(Clone, Debug)]
pub struct Bucket {
    per_second: f64,
    burst: f64,
    /// Negative: this many retries are already promised to the future.
    tokens: f64,
    filled: Option<Instant>,
}

impl Bucket {
    /// A full bucket.
    ///
    /// # Panics
    /// When `per_second` is not a positive number: nothing would ever be retried.
    #[must_use]
    pub fn new(per_second: f64, burst: u32) -> Self {
        assert!(per_second > 0.0 && per_second.is_finite(), "`per_second` must be positive");
        let burst = f64::from(burst);
        Self { per_second, burst, tokens: burst, filled: None }
    }
}

impl<K> RateLimiter<K> for Bucket {
    fn when(&mut self, _key: &K, now: Instant) -> Duration {
        if let Some(filled) = self.filled {
            let passed = now.saturating_duration_since(filled).as_secs_f64();
            self.tokens = (self.tokens + passed * self.per_second).min(self.burst);
        }
        self.filled = Some(now);
        self.tokens -= 1.0;
        let missing = (-self.tokens).max(0.0);
        Duration::try_from_secs_f64(missing / self.per_second).unwrap_or(Duration::MAX)
    }

    fn forget(&mut self, _key: &K) {}

    fn requeues(&self, _key: &K) -> u32 {
        0
    }
}
