//! How long a lease lasts and how often it is renewed: three durations in, a [`Timing`] that can be kept out.

use std::time::Duration;

use crate::error::Error;
use crate::error::Result;

/// By how much of the retry period candidates spread their attempts at most. A leader's last renewal is seen within 1.9 of them, so that
/// whoever follows has what is left of two for its own requests.
pub(super) const SPREAD: f64 = 0.9;
/// So many retry periods are less than the renew deadline, as in client-go: there is time for a second attempt.
const ATTEMPT: f64 = 1.2;

/// The times of an election, checked when they are put together. The defaults are 15 s, 10 s and 2 s, as everywhere in Kubernetes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    lease: Duration,
    renew: Duration,
    retry: Duration,
}

impl Timing {
    /// `lease`: how long others wait before they take over, after the holder was last seen to renew. `renew`: how long a leader works on after
    /// it sent its last successful renewal; what lies between the two is left for clocks that run at different speeds and for requests under
    /// way. `retry`: how often is renewed, and how often candidates look.
    ///
    /// # Errors
    /// Not `lease > renew > retry * 1.2 > 0`, or a lease of less than a second or of more than a day.
    pub fn new(lease: Duration, renew: Duration, retry: Duration) -> Result<Self> {
        let refused =
            |why: String| Err(Error::msg(format!("this leader election cannot be: {why}")));
        if retry.is_zero() {
            return refused("the retry period is zero; 2 s is usual".to_owned());
        }
        if renew <= retry.mul_f64(ATTEMPT) {
            return refused(format!(
                "the renew deadline, {renew:?}, must be longer than {ATTEMPT} retry periods of {retry:?}"
            ));
        }
        if lease <= renew {
            return refused(format!(
                "the lease, {lease:?}, must last longer than the renew deadline, {renew:?}: two would lead at once"
            ));
        }
        // On the wire it is a number of whole seconds.
        if lease < Duration::from_secs(1) || lease > Duration::from_secs(24 * 60 * 60) {
            return refused(format!("a lease lasts from 1 s to a day, not {lease:?}"));
        }
        Ok(Self { lease, renew, retry })
    }

    /// How long others wait before they take over.
    #[must_use]
    pub fn lease(&self) -> Duration {
        self.lease
    }

    /// How long a leader works on without a renewal.
    #[must_use]
    pub fn renew(&self) -> Duration {
        self.renew
    }

    /// How often is renewed.
    #[must_use]
    pub fn retry(&self) -> Duration {
        self.retry
    }

    /// How long one request about the lease may take: half of the renew deadline, but at least a second.
    pub(super) fn request(&self) -> Duration {
        (self.renew / 2).max(Duration::from_secs(1))
    }

    /// The lease in whole seconds. It is rounded up: others then wait longer, never shorter.
    pub(super) fn lease_seconds(&self) -> i32 {
        let seconds = self.lease.as_secs() + u64::from(self.lease.subsec_nanos() > 0);
        i32::try_from(seconds).unwrap_or(i32::MAX)
    }
}

impl Default for Timing {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { lease: seconds(15), renew: seconds(10), retry: seconds(2) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_cannot_be_kept_are_an_error_that_says_which() {
        let ms = Duration::from_millis;
        let default = Timing::default();
        Timing::new(default.lease, default.renew, default.retry).unwrap();
        let rows = [
            ((10_000, 10_000, 2_000), "two would lead at once"),
            ((15_000, 2_400, 2_000), "longer than 1.2 retry periods of 2s"),
            ((15_000, 10_000, 0), "the retry period is zero"),
            ((900, 500, 100), "from 1 s to a day, not 900ms"),
            ((100_000_000, 500, 100), "from 1 s to a day"),
        ];
        for ((lease, renew, retry), expected) in rows {
            let error = Timing::new(ms(lease), ms(renew), ms(retry)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let odd = Timing::new(ms(2_500), ms(1_500), ms(200)).unwrap();
        assert_eq!((odd.lease_seconds(), odd.request()), (3, ms(1_000)));
    }
}
