//! What the server's clock shows: stamps that it wrote in, stamps that it takes for present ones out.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use tokio::time::Instant;

/// By how much clocks may differ before ours is put right: the server stamps whole seconds, and its answer takes a moment.
const ALIKE: Duration = Duration::from_secs(3);

/// The server's clock as far as it was seen. It judges our stamps by that: one that is behind is old at once, and two may lead; one that is
/// ahead counts as new when its writer is long dead.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ServerTime {
    /// When it showed at least what.
    least: Option<(Instant, Timestamp)>,
    /// By how much our own clock is ahead of it.
    ahead: SignedDuration,
}

impl ServerTime {
    /// At `now` there was something to be read that the server had stamped at some time.
    pub(super) fn at_least(&mut self, now: Instant, stamp: Timestamp) {
        if self.least(now).is_none_or(|least| least < stamp) {
            self.least = Some((now, stamp));
        }
    }

    /// The server has stamped something just now, when our own clock showed `own`.
    pub(super) fn just(&mut self, now: Instant, own: Timestamp, stamp: Timestamp) {
        self.least = Some((now, stamp));
        let ahead = own.duration_since(stamp);
        self.ahead = if ahead.unsigned_abs() > ALIKE { ahead } else { SignedDuration::ZERO };
    }

    /// Whether our own clock is wrong, as the server sees it.
    pub(super) fn is_other(&self) -> bool {
        !self.ahead.is_zero()
    }

    /// What the server takes for the present when our own clock shows `own`.
    pub(super) fn stamp(&self, now: Instant, own: Timestamp) -> Timestamp {
        let right = own.checked_sub(self.ahead).unwrap_or(own);
        self.least(now).map_or(right, |least| least.max(right))
    }

    fn least(&self, now: Instant) -> Option<Timestamp> {
        let (at, stamp) = self.least?;
        let passed = SignedDuration::try_from(now.saturating_duration_since(at)).ok()?;
        stamp.checked_add(passed).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_stamp_is_never_behind_what_the_servers_clock_was_seen_to_show() {
        let t = Instant::now();
        let mut server = ServerTime::default();
        assert_eq!(server.stamp(t, at(100)), at(100), "nothing is known of it");
        server.at_least(t, at(160));
        let later = t + Duration::from_secs(5);
        assert_eq!(server.stamp(later, at(105)), at(165));
        assert_eq!(server.stamp(later, at(170)), at(170), "it may be later by now");
        server.at_least(later, at(161));
        assert_eq!(server.stamp(later, at(105)), at(165), "an older stamp says nothing new");
    }

    #[test]
    fn a_clock_that_is_wrong_is_put_right_and_one_that_is_not_is_believed() {
        let t = Instant::now();
        let later = t + Duration::from_secs(60);
        for (own, right) in [(100, 1060), (5_000, 1060), (998, 1060), (1_002, 1062)] {
            let mut server = ServerTime::default();
            server.just(t, at(own), at(1_000));
            assert_eq!(server.stamp(later, at(own + 60)), at(right), "{own}");
        }
        // The clock was an hour ahead and is set right meanwhile.
        let mut server = ServerTime::default();
        server.just(t, at(4_600), at(1_000));
        assert_eq!(server.stamp(later, at(1_060)), at(1_060));
    }
}
