//! The scorecard: faults from a seed in; whether what is promised holds at its threshold out. A module a theme.

mod contract;
mod world;
mod schedules;
mod watching;
mod queue;

use std::ops::Range;

/// The seeds that a test plays: `few`, and `SCORECARD_TIMES` as many where that is set, as in `scripts/nightly`.
fn seeds(few: u64) -> Range<u64> {
    let times = std::env::var("SCORECARD_TIMES").ok().and_then(|times| times.parse().ok());
    0..few * times.unwrap_or(1)
}
