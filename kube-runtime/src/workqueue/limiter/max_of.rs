//! Several limiters; the longest wait counts.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

use super::RateLimiter;

/// Asks all its members each time and takes the longest wait.
pub struct MaxOf<K> {
    members: Vec<Box<dyn RateLimiter<K>>>,
}

impl<K> MaxOf<K> {
    /// The longer wait of two.
    #[must_use]
    pub fn new(first: impl RateLimiter<K>, second: impl RateLimiter<K>) -> Self {
        Self { members: vec![Box::new(first), Box::new(second)] }
    }

    /// And of one more.
    #[must_use]
    pub fn and(mut self, another: impl RateLimiter<K>) -> Self {
        self.members.push(Box::new(another));
        self
    }
}

impl<K: 'static> RateLimiter<K> for MaxOf<K> {
    fn when(&mut self, key: &K, now: Instant) -> Duration {
        let waits = self.members.iter_mut().map(|member| member.when(key, now));
        waits.max().unwrap_or_default()
    }

    fn forget(&mut self, key: &K) {
        self.members.iter_mut().for_each(|member| member.forget(key));
    }

    fn requeues(&self, key: &K) -> u32 {
        self.members.iter().map(|member| member.requeues(key)).max().unwrap_or_default()
    }
}

impl<K> fmt::Debug for MaxOf<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MaxOf").field("members", &self.members.len()).finish()
    }
}
