//! What the server's clock shows: stamps that it wrote in, stamps that it takes for present ones out.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use tokio::time::Instant;

/// By how much clocks may differ before ours is put right: the server stamps whole seconds, and its answer takes a moment.
const ALIKE: Duration = Duration::from_secs(3);

/// How long what was seen counts by itself: two clocks that are never set run apart.
const FRESH: Duration = Duration::from_secs(60 * 60);

/// The server's clock as far as it was seen. It judges our stamps by that: one that is behind is old at once, and two may lead; one that is
/// ahead counts as new when its writer is long dead.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ServerTime {
    /// When it showed what, at the most.
    shown: Option<(Instant, Timestamp)>,
    /// By how much our own clock is ahead of it.
    ahead: SignedDuration,
}

impl ServerTime {
    /// Something that was read or answered at `now`, when our own clock showed `own`, was stamped by the server not before `before`.
    pub(super) fn observe(
        &mut self,
        (before, now): (Instant, Instant),
        own: Timestamp,
        stamp: Timestamp,
    ) {
        self.shown = Some((before, stamp));
        let ahead =
            self.present(now).map_or(SignedDuration::ZERO, |present| own.duration_since(present));
        self.ahead = if ahead.unsigned_abs() > ALIKE { ahead } else { SignedDuration::ZERO };
    }

    /// Whether it was seen.
    pub(super) fn is_known(&self) -> bool {
        self.shown.is_some()
    }

    /// Whether our own clock is wrong, as the server sees it.
    pub(super) fn is_other(&self) -> bool {
        !self.ahead.is_zero()
    }

    /// What the server takes for the present or for the near future when our own clock shows `own`.
    pub(super) fn stamp(&self, now: Instant, own: Timestamp) -> Timestamp {
        let right = own.checked_sub(self.ahead).unwrap_or(own);
        self.present(now).map_or(right, |present| present.max(right))
    }

    /// What it shows at the most.
    fn present(&self, now: Instant) -> Option<Timestamp> {
        let (at, stamp) = self.shown?;
        let passed = now.saturating_duration_since(at);
        stamp.checked_add(SignedDuration::try_from(passed.min(FRESH)).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_stamp_is_never_behind_the_servers_clock_and_not_far_ahead_of_it() {
        let (before, now) = (Instant::now(), Instant::now() + Duration::from_secs(2));
        let later = now + Duration::from_secs(60);
        // The server showed 1,000 at some time between the two, and now 1,002 at the most.
        for (own, stamp) in [(100, 1062), (5_000, 1062), (999, 1062), (1_002, 1062), (1_004, 1064)]
        {
            let mut server = ServerTime::default();
            server.observe((before, now), at(own), at(1_000));
            assert_eq!(server.stamp(later, at(own + 60)).as_second(), stamp, "{own}");
        }
        let unknown = ServerTime::default();
        assert_eq!(unknown.stamp(later, at(100)), at(100));
        assert!(!unknown.is_known());
    }

    #[test]
    fn a_clock_that_is_set_right_meanwhile_makes_no_stamp_that_is_behind() {
        let t = Instant::now();
        let later = t + Duration::from_secs(60);
        let mut server = ServerTime::default();
        // It was an hour ahead, and is no more.
        server.observe((t, t), at(4_600), at(1_000));
        assert!(server.is_other());
        assert_eq!(server.stamp(later, at(1_060)), at(1_060));
        // After a long time only what our own clock shows counts.
        let long = t + Duration::from_secs(100_000);
        let mut server = ServerTime::default();
        server.observe((t, t), at(1_000), at(1_000));
        assert_eq!(server.stamp(long, at(100_990)), at(100_990));
    }
}
