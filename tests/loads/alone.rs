//! A test's body in; that body in a process where nothing else runs out, and what is resident there.

use std::any::type_name;
use std::fs;
use std::process::Command;

const ALONE: &str = "LOADS_ALONE";

/// Runs a test's body, a closure in the test, in a process that has no other test.
pub(crate) fn alone<F: FnOnce()>(body: F) {
    // `loads::churn::a_test::{{closure}}`
    let name = type_name::<F>().trim_start_matches("loads::").trim_end_matches("::{{closure}}");
    if std::env::var(ALONE).is_ok_and(|alone| alone == name) {
        return body();
    }
    let mut again = Command::new(std::env::current_exe().unwrap());
    let ended = again.args([name, "--exact", "--nocapture"]).env(ALONE, name).status().unwrap();
    assert!(ended.success(), "{name}: {ended}");
}

/// Bytes of this process that are in memory now.
pub(crate) fn resident() -> usize {
    bytes("VmRSS:")
}

fn bytes(field: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<usize>().unwrap() << 10
}
