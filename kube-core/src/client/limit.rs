//! How many requests may leave: a bucket of tokens and the time in, how long the next one has to wait out.
//!
//! Mirrors: client-go util/flowcontrol
//! Differs: off unless it is asked for, as servers have priority and fairness; one bucket for all that share the client.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// The fewest requests a second: one a day.
const SLOWEST: f64 = 1.0 / 86_400.0;

/// A bucket that all clones of a client take from.
#[derive(Debug)]
pub(super) struct Limit {
    per_second: f64,
    burst: f64,
    bucket: Mutex<Option<Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Below zero: so many requests wait.
    tokens: f64,
    at: Instant,
}

impl Limit {
    /// So many requests a second on average, and so many at once.
    pub(super) fn new(per_second: f64, burst: u32) -> Self {
        let per_second = if per_second.is_nan() { SLOWEST } else { per_second.max(SLOWEST) };
        Self { per_second, burst: f64::from(burst.max(1)), bucket: Mutex::default() }
    }

    /// Takes a token: how long to wait before the request may leave. Takes none if that is longer than `left`, and says how long.
    pub(super) fn take(&self, now: Instant, left: Duration) -> Result<Duration, Duration> {
        let mut bucket = self.bucket.lock();
        let known = bucket.unwrap_or(Bucket { tokens: self.burst, at: now });
        let passed = now.saturating_duration_since(known.at).as_secs_f64();
        let tokens = (known.tokens + passed * self.per_second).min(self.burst) - 1.0;
        let wait = Duration::try_from_secs_f64((-tokens).max(0.0) / self.per_second);
        let wait = wait.unwrap_or(Duration::MAX);
        if wait > left {
            return Err(wait);
        }
        *bucket = Some(Bucket { tokens, at: now.max(known.at) });
        Ok(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_leaves_at_once_and_then_so_many_a_second() {
        let (limit, begun) = (Limit::new(2.0, 3), Instant::now());
        let millis = Duration::from_millis;
        let check = |after, left, expected: Result<u64, u64>| {
            let taken = limit.take(begun + millis(after), millis(left));
            assert_eq!(taken, expected.map(millis).map_err(millis), "after {after} ms");
        };
        check(0, 9_000, Ok(0));
        check(0, 9_000, Ok(0));
        check(0, 9_000, Ok(0));
        check(0, 9_000, Ok(500));
        check(0, 9_000, Ok(1_000));
        // What cannot wait so long takes nothing from those who can.
        check(0, 1_499, Err(1_500));
        check(250, 9_000, Ok(1_250));
        // A clock that goes back gives nothing.
        check(0, 9_000, Ok(1_750));
        // However long nobody asked, there are no more than at the beginning.
        for _ in 0..3 {
            check(3_600_000, 0, Ok(0));
        }
        check(3_600_000, 499, Err(500));
    }

    #[tokio::test(start_paused = true)]
    async fn nonsense_is_the_slowest_limit_and_never_a_panic() {
        for per_second in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
            let limit = Limit::new(per_second, 0);
            assert_eq!(limit.take(Instant::now(), Duration::ZERO), Ok(Duration::ZERO));
            let day = limit.take(Instant::now(), Duration::ZERO).unwrap_err();
            assert_eq!(day.as_secs_f64().round(), 86_400.0, "{per_second}");
        }
        let limit = Limit::new(f64::INFINITY, 1);
        for _ in 0..10 {
            assert_eq!(limit.take(Instant::now(), Duration::ZERO), Ok(Duration::ZERO));
        }
    }
}
