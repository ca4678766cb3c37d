//! A test's async body in; a run of it out, beside a fresh server, with a clock that stands still.

use std::time::Duration;

use crate::cluster::Cluster;
use crate::idle::Idle;
use crate::said::Said;

/// How much virtual time a test may let pass before it counts as waiting for what never comes.
const PATIENCE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Runs a test named `name`: what `#[kube_testing::test]` makes of a function.
///
/// The seed of uids, tokens and simulated delays is made of the name, so that a test runs the same way each time;
/// `KUBE_TESTING_SEED` sets another one. When it fails, what its operators warned of is printed too.
///
/// # Panics
/// When the test does, or when it has not ended after a week of virtual time.
pub fn run<O>(name: &str, test: impl AsyncFnOnce(Cluster) -> O) -> O {
    let _said = Said::listen();
    run_seeded(seed(name), name, test)
}

/// Runs a test whose random numbers are made of a seed.
pub(crate) fn run_seeded<O>(seed: u64, name: &str, test: impl AsyncFnOnce(Cluster) -> O) -> O {
    let idle = Idle::default();
    let hook = idle.clone();
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true).on_thread_park(move || hook.parked());
    let runtime = builder.build().expect("a runtime without I/O needs nothing of the system");
    runtime.block_on(async {
        let cluster = Cluster::of(seed, idle);
        let body = test(cluster.clone());
        let Ok(output) = tokio::time::timeout(PATIENCE, body).await else {
            panic!("`{name}` waits for what never comes: a week of virtual time has passed")
        };
        cluster.stop().await;
        output
    })
}

/// The seed of a test, unless `KUBE_TESTING_SEED` says another.
pub(crate) fn seed(name: &str) -> u64 {
    let said = std::env::var("KUBE_TESTING_SEED").ok().and_then(|seed| seed.parse().ok());
    said.unwrap_or_else(|| seed_of(name))
}

/// FNV-1a: the same on every machine and in every release of Rust.
fn seed_of(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
