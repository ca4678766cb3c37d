//! Time and randomness, handed in: a [`Clock`] gives timestamps that follow tokio's time, a [`Seed`] gives streams of random numbers.

mod seed;

use jiff::SignedDuration;
use jiff::Timestamp;
use tokio::time::Instant;

pub use seed::Seed;
pub(crate) use seed::sum;

/// What time it is, for what we write down: event times, transition times.
///
/// It is a starting point plus the time that passed on tokio's clock since, so that a test with a paused clock sees the same stamps every
/// time. Whatever waits uses `tokio::time` itself.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Timestamp,
    origin: Instant,
}

impl Clock {
    /// The machine's own time.
    #[must_use]
    pub fn system() -> Self {
        Self::starting_at(Timestamp::now())
    }

    /// A clock that shows `timestamp` now, whatever the machine says.
    #[must_use]
    pub fn starting_at(timestamp: Timestamp) -> Self {
        Self { started: timestamp, origin: Instant::now() }
    }

    /// The present time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.origin.elapsed()).unwrap_or(SignedDuration::MAX);
        self.started.saturating_add(passed).unwrap_or(Timestamp::MAX)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn stamps_follow_the_clock_that_a_test_moves() {
        let clock = Clock::starting_at("2026-01-01T00:00:00Z".parse().unwrap());
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(clock.now().to_string(), "2026-01-01T00:01:30Z");
    }
}
