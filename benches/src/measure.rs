//! This process's CPU seconds and resident memory, read from the kernel.

use std::fs;
use std::time::Duration;

/// User and system time of all threads, in seconds (the kernel counts in hundredths).
pub fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux has /proc");
    let after_name = stat.rsplit(')').next().expect("the name is in parentheses");
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |index: usize| fields[index].parse::<f64>().expect("a number of ticks");
    (ticks(11) + ticks(12)) / 100.0
}

/// What this thread has been on a CPU for, to the nanosecond.
pub fn thread_time() -> Duration {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux has /proc");
    let spent = stat.split_whitespace().next().expect("three numbers");
    Duration::from_nanos(spent.parse().expect("nanoseconds"))
}

fn mebibytes(field: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux has /proc");
    let line =
        status.lines().find(|line| line.starts_with(field)).expect("a field of /proc/self/status");
    line.split_whitespace().nth(1).and_then(|number| number.parse::<f64>().ok()).expect("kilobytes")
        / 1024.0
}

/// Resident memory now, in MiB.
pub fn resident() -> f64 {
    mebibytes("VmRSS:")
}

/// The most that was ever resident, in MiB.
pub fn peak() -> f64 {
    mebibytes("VmHWM:")
}
