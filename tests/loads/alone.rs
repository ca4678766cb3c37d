//! A test's body in; that body in a process where nothing else runs out, and what is resident there.

use std::any::type_name;
use std::fs;
use std::process::Command;

const ALONE: &str = "LOADS_ALONE";

/// Runs a test's body, a closure in the test, in a process that has no other test.
pub(crate) fn alone<F: FnOnce()>(body: F) {
    if is_alone::<F>() {
        return body();
    }
    let ended = again::<F>().status().unwrap();
    assert!(ended.success(), "{}: {ended}", name::<F>());
}

/// Whether this is the process for this body.
pub(crate) fn is_alone<F>() -> bool {
    std::env::var(ALONE).is_ok_and(|alone| alone == name::<F>())
}

/// This program with the test of this body and no other.
pub(crate) fn again<F>() -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([name::<F>(), "--exact", "--nocapture"]).env(ALONE, name::<F>());
    command
}

/// Of `loads::churn::a_test::{{closure}}` the test.
fn name<F>() -> &'static str {
    type_name::<F>().trim_start_matches("loads::").trim_end_matches("::{{closure}}")
}

/// Bytes of this process that are in memory now.
pub(crate) fn resident() -> usize {
    bytes("VmRSS:")
}

/// Bytes that were at most in memory since [`forget_peak`].
pub(crate) fn peak() -> usize {
    bytes("VmHWM:")
}

/// From now on the peak is a new one.
pub(crate) fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}

fn bytes(field: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<usize>().unwrap() << 10
}
