//! A connection that breaks before the request is looked at.

use super::{Effect, Step};

/// Breaks the connection first.
#[derive(Debug)]
pub(super) struct Cut;

impl Effect for Cut {
    fn name(&self) -> &'static str {
        "cut"
    }

    fn before(&self, _random: &mut fastrand::Rng) -> Step {
        Step::Disconnect
    }
}
