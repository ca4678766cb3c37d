//! The server's wall clock: a start time in, the present time out, moved by tokio's clock alone.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::time::Duration;
use tokio::time::Instant;

/// A wall clock that follows tokio's clock, so that a paused test decides what time it is.
#[derive(Clone, Debug)]
pub struct Clock {
    start: Timestamp,
    origin: Instant,
}

impl Clock {
    /// A clock that shows `start` now.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self { start, origin: Instant::now() }
    }

    /// A clock that shows the machine's time.
    #[must_use]
    pub fn system() -> Self {
        Self::new(Timestamp::now())
    }

    /// The present time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let elapsed: Duration = self.origin.elapsed();
        let elapsed = jiff::SignedDuration::try_from(elapsed).unwrap_or(jiff::SignedDuration::MAX);
        self.start.checked_add(elapsed).unwrap_or(Timestamp::MAX)
    }

    /// The present time as Kubernetes writes it: whole seconds, UTC.
    #[must_use]
    pub fn stamp(&self) -> String {
        stamp(self.now())
    }

    /// The present time as a `MicroTime`: six digits, UTC.
    #[must_use]
    pub fn micro(&self) -> String {
        micro(self.now())
    }
}

/// A time as a `MicroTime`: six digits, UTC.
#[must_use]
pub fn micro(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// A time as Kubernetes writes it: whole seconds, UTC.
#[must_use]
pub fn stamp(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn time_moves_only_with_tokios_clock() {
        let clock = Clock::new("2026-01-02T03:04:05Z".parse().unwrap());
        assert_eq!(clock.stamp(), "2026-01-02T03:04:05Z");
        tokio::time::advance(Duration::from_millis(1500)).await;
        assert_eq!(clock.stamp(), "2026-01-02T03:04:06Z");
        assert_eq!(clock.micro(), "2026-01-02T03:04:06.500000Z");
    }
}
