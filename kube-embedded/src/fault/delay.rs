//! A request that waits before it is handled.

use super::{Effect, Step};
use std::time::Duration;

/// Waits for a time between the two, as the seed decides.
#[derive(Debug)]
pub(super) struct Delay {
    pub(super) least: Duration,
    pub(super) most: Duration,
}

impl Effect for Delay {
    fn name(&self) -> &'static str {
        "delay"
    }

    fn before(&self, random: &mut fastrand::Rng) -> Step {
        let span = self.most.saturating_sub(self.least);
        Step::Wait(self.least + span.mul_f64(random.f64()))
    }
}
