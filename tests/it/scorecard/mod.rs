//! The scorecard: faults from a seed in; whether what is promised holds at its threshold out. A module a theme.

mod world;
mod schedules;
mod watching;
mod queue;
mod reconciles;
mod ends;
mod heard;
mod poison;
mod storm;
mod soak;

use std::ops::Range;

/// The seeds that a test plays: `few`, and `SCORECARD_TIMES` as many where that is set, as in `scripts/nightly`.
fn seeds(few: u64) -> Range<u64> {
    let times = std::env::var("SCORECARD_TIMES").ok().and_then(|times| times.parse().ok());
    0..few * times.unwrap_or(1)
}

/// Says which seed it was when a test fails.
struct Blamed(u64);

impl Drop for Blamed {
    #[expect(clippy::print_stderr, reason = "a failure is to be played again")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("it was seed {}", self.0);
        }
    }
}
