//! The scorecard's loads, each in a process of its own so that its memory is what is measured. A module a load.

#![allow(clippy::unwrap_used, reason = "what is unwrapped in vain fails the test, as it should")]

use peak_alloc::PeakAlloc;

mod alone;
mod churn;
mod list;
mod slow;

/// Counts what is allocated, so that a leak shows that is smaller than what the system's allocator keeps at hand.
#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// How many times as much as in CI: `SCORECARD_TIMES`, as in `scripts/nightly`.
fn times() -> usize {
    std::env::var("SCORECARD_TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}
