//! How long to wait after a failure: longer each time, never the same for two, until a proof of life.
//!
//! Mirrors: client-go tools/cache/reflector.go (0.8 s, doubled, at most 30 s, jitter 1.0)
//! Differs: reset by proof of life only.

use std::time::Duration;

/// Waits of `base`, `2 · base`, … up to `longest`, each stretched by a random factor in `[1, 2)`.
#[derive(Debug, Clone)]
pub struct Backoff {
    base: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    /// Waits that begin with `base` and grow to `longest`.
    #[must_use]
    pub fn new(base: Duration, longest: Duration) -> Self {
        Self { base, longest, failures: 0 }
    }

    /// The next wait.
    pub fn wait(&mut self, random: &mut fastrand::Rng) -> Duration {
        let factor = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        let wait = self.base.saturating_mul(factor).min(self.longest);
        self.failures = self.failures.saturating_add(1);
        wait.mul_f64(1.0 + random.f64())
    }

    /// The other side lives.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// How many waits there were since the last proof of life.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new(Duration::from_millis(800), Duration::from_secs(30))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_are_stretched_at_random() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut backoff = Backoff::default();
        for (failures, base) in (1..).zip([0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]) {
            let wait = backoff.wait(&mut random).as_secs_f64();
            assert!((base..2.0 * base).contains(&wait), "{wait} for {base}");
            assert_eq!(backoff.failures(), failures);
        }
        (0..100).for_each(|_| assert!(backoff.wait(&mut random).as_secs_f64() < 60.0));
        backoff.reset();
        assert_eq!(backoff.failures(), 0);
        assert!(backoff.wait(&mut random).as_secs_f64() < 1.6);
    }
}
