//! When a certificate is renewed: its life, what failed and the time in, what is to be done next out.
//!
//! Mirrors: client-go util/certificate/certificate_manager.go

use std::time::{Duration, SystemTime};

use super::validity::Validity;

/// It is renewed when so much of its life is over, at random between the two, so that many are not renewed at once.
const RENEWED: (f64, f64) = (0.7, 0.9);
/// After a failure; doubled by each further one, at most to `LONGEST`.
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(32);

/// Decides; waits for nothing.
#[derive(Debug)]
pub(super) struct Plan {
    /// When the next one is asked for.
    due: Option<SystemTime>,
    failures: u32,
}

impl Plan {
    /// `chance` is between 0 and 1.
    pub(super) fn new(validity: Option<Validity>, chance: f64) -> Self {
        Self { due: validity.map(|validity| due(validity, chance)), failures: 0 }
    }

    /// How long nothing has to be done; none at all if there is no certificate.
    pub(super) fn wait(&self, now: SystemTime) -> Duration {
        let since = self.due.and_then(|due| due.duration_since(now).ok()).unwrap_or_default();
        if self.failures == 0 {
            return since;
        }
        let doubled = FIRST.saturating_mul(1 << (self.failures - 1).min(16));
        since.max(doubled.min(LONGEST))
    }

    /// No certificate came.
    pub(super) fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    /// This one came.
    pub(super) fn renewed(&mut self, validity: Validity, chance: f64) {
        *self = Self::new(Some(validity), chance);
    }
}

fn due(validity: Validity, chance: f64) -> SystemTime {
    let life = validity.not_after.duration_since(validity.not_before).unwrap_or_default();
    let part = RENEWED.0 + (RENEWED.1 - RENEWED.0) * chance.clamp(0.0, 1.0);
    validity.not_before.checked_add(life.mul_f64(part)).unwrap_or(validity.not_after)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn an_hours_certificate_is_renewed_between_42_and_54_minutes_and_at_random() {
        let begin = SystemTime::UNIX_EPOCH;
        let validity = Validity { not_before: begin, not_after: begin + HOUR };
        let mut random = fastrand::Rng::with_seed(1);
        let waits: Vec<_> =
            (0..1000).map(|_| Plan::new(Some(validity), random.f64()).wait(begin)).collect();
        let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
        let minute = Duration::from_secs(60);
        assert!(*least >= 42 * minute && *least < 43 * minute, "{least:?}");
        assert!(*most <= 54 * minute && *most > 53 * minute, "{most:?}");
        assert_eq!(Plan::new(Some(validity), 0.5).wait(begin + HOUR), Duration::ZERO);
        assert_eq!(Plan::new(None, 0.5).wait(begin), Duration::ZERO);
    }

    #[test]
    fn after_a_failure_it_waits_ever_longer_up_to_half_a_minute_and_anew_after_a_success() {
        let begin = SystemTime::UNIX_EPOCH;
        let mut plan = Plan::new(None, 0.5);
        let waits = [2, 4, 8, 16, 32, 32, 32].map(Duration::from_secs);
        for wait in waits {
            plan.failed();
            assert_eq!(plan.wait(begin), wait);
        }
        for _ in 0..100 {
            plan.failed();
        }
        assert_eq!(plan.wait(begin), LONGEST);
        plan.renewed(Validity { not_before: begin, not_after: begin + HOUR }, 0.0);
        assert_eq!(plan.wait(begin + HOUR), Duration::ZERO);
    }
}
