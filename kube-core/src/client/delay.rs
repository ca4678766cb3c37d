//! Who makes requests wait: how long one took and for whose sake in, at most one line of the log in ten seconds out.
//!
//! Mirrors: client-go rest/request.go (tryThrottleWithInfo)
//! Differs: what the server delays is told too, with the priority level that it put the request into.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::transport::Headers;

/// What is shorter is nobody's concern.
const LONG: Duration = Duration::from_secs(1);
/// Between two lines.
const PAUSE: Duration = Duration::from_secs(10);

/// When the last line was written.
#[derive(Debug, Default)]
pub(super) struct Delays(Mutex<Option<Instant>>);

impl Delays {
    /// The client itself has let the request wait.
    pub(super) fn own(&self, purpose: &str, wait: Duration, now: Instant) {
        if self.is_worth_a_line(wait, now) {
            tracing::info!(
                ?wait,
                request = purpose,
                "a request waited for this client's own limit of requests, not for the server"
            );
        }
    }

    /// The server took its time until it answered with this, or has turned the request away.
    pub(super) fn server(
        &self,
        purpose: &str,
        (took, status, headers): (Duration, u16, &Headers),
        now: Instant,
    ) {
        let of = |header| headers.get(header).unwrap_or_default();
        let level = of("x-kubernetes-pf-prioritylevel-uid");
        let schema = of("x-kubernetes-pf-flowschema-uid");
        if level.is_empty() {
            return;
        }
        if status == 429 && self.is_worth_a_line(LONG, now) {
            tracing::info!(
                request = purpose,
                priority_level = level,
                flow_schema = schema,
                "the API server's priority and fairness has no room for a request"
            );
        } else if status != 429 && self.is_worth_a_line(took, now) {
            tracing::info!(
                ?took,
                request = purpose,
                priority_level = level,
                flow_schema = schema,
                "the API server took its time for a request: it was busy with it, or let it wait by priority and fairness"
            );
        }
    }

    fn is_worth_a_line(&self, wait: Duration, now: Instant) -> bool {
        let mut last = self.0.lock();
        let quiet = last.is_none_or(|last| now.saturating_duration_since(last) >= PAUSE);
        let worth = wait >= LONG && quiet;
        if worth {
            *last = Some(now);
        }
        worth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_long_wait_is_told_once_in_ten_seconds() {
        let (delays, begun) = (Delays::default(), Instant::now());
        let second = Duration::from_secs;
        assert!(!delays.is_worth_a_line(Duration::from_millis(999), begun));
        assert!(delays.is_worth_a_line(second(1), begun));
        assert!(!delays.is_worth_a_line(second(100), begun + second(9)));
        assert!(delays.is_worth_a_line(second(1), begun + second(10)));
    }
}
