//! What became of the reconciles of one controller: begins and ends in, controller-runtime's numbers out.
//!
//! Mirrors: controller-runtime pkg/internal/controller/metrics/metrics.go

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use tokio::time::Instant;

use super::Exposition;
use super::Histogram;
use super::Kind;
use super::failures::Failed;
use super::failures::Failures;
use crate::error::Error;
use crate::error::causes;

/// controller-runtime's bounds, in nanoseconds.
const BOUNDS: [u64; 40] = {
    const MILLISECONDS: [u64; 40] = [
        5, 10, 25, 50, 100, 150, 200, 250, 300, 350, 400, 450, 500, 600, 700, 800, 900, 1000, 1250,
        1500, 1750, 2000, 2500, 3000, 3500, 4000, 4500, 5000, 6000, 7000, 8000, 9000, 10_000,
        15_000, 20_000, 25_000, 30_000, 40_000, 50_000, 60_000,
    ];
    let mut bounds = MILLISECONDS;
    let mut place = 0;
    while place < bounds.len() {
        bounds[place] *= 1_000_000;
        place += 1;
    }
    bounds
};

/// How one ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Well, until something changes.
    Success,
    /// Well, and it wants to run again after a time.
    Later,
    /// Neither well nor badly: it wants to run again as after a failure.
    Retry,
    /// With an error that is tried again.
    Error,
    /// With an error that is not tried again.
    Terminal,
    /// With a panic.
    Panic,
    /// It took too long.
    Timeout,
}

/// The counters of one controller.
#[derive(Debug)]
pub(crate) struct Reconciles {
    workers: usize,
    counts: Mutex<Counts>,
    /// Locked when one fails, and when somebody looks.
    failures: Mutex<Failures>,
}

/// What became of all of them so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) alive: usize,
    pub(crate) workers: usize,
    pub(crate) active: u64,
    pub(crate) success: u64,
    pub(crate) later: u64,
    pub(crate) retries: u64,
    pub(crate) errors: u64,
    pub(crate) terminal: u64,
    pub(crate) panics: u64,
    pub(crate) timeouts: u64,
    /// How many have ended, and how long they took together.
    pub(crate) ended: u64,
    pub(crate) took: Duration,
}

#[derive(Clone, Debug)]
struct Counts {
    active: u64,
    alive: usize,
    success: u64,
    later: u64,
    retries: u64,
    errors: u64,
    terminal: u64,
    panics: u64,
    timeouts: u64,
    paused: u64,
    took: Histogram,
}

impl Reconciles {
    /// Of a controller with so many workers.
    pub(crate) fn new(workers: usize) -> Self {
        let counts = Counts {
            active: 0,
            alive: 0,
            success: 0,
            later: 0,
            retries: 0,
            errors: 0,
            terminal: 0,
            panics: 0,
            timeouts: 0,
            paused: 0,
            took: Histogram::new(&BOUNDS),
        };
        Self { workers, counts: Mutex::new(counts), failures: Mutex::default() }
    }

    /// Keeps so many of the last failures; none, when nothing is said.
    pub(crate) fn keeping(mut self, failures: usize) -> Self {
        self.failures = Mutex::new(Failures::keeping(failures));
        self
    }

    /// One has failed.
    pub(crate) fn failed(&self, key: &dyn fmt::Display, class: &'static str, error: &Error) {
        let mut failures = self.failures.lock();
        if !failures.is_off() {
            failures.add(key.to_string(), class, causes(error), Instant::now());
        }
    }

    /// The last failures that are kept, the latest first.
    pub(crate) fn failures(&self) -> Vec<Failed> {
        self.failures.lock().latest()
    }

    /// What became of all so far.
    pub(crate) fn tally(&self) -> Tally {
        let counts = self.counts.lock();
        Tally {
            alive: counts.alive,
            workers: self.workers,
            active: counts.active,
            success: counts.success,
            later: counts.later,
            retries: counts.retries,
            errors: counts.errors,
            terminal: counts.terminal,
            panics: counts.panics,
            timeouts: counts.timeouts,
            ended: counts.took.count(),
            took: counts.took.sum(),
        }
    }

    /// A worker is there, for as long as what is returned.
    pub(crate) fn worker(self: &Arc<Self>) -> Worker {
        self.counts.lock().alive += 1;
        Worker(Arc::clone(self))
    }

    /// How many workers are there, and how many there are to be.
    pub(crate) fn workers(&self) -> (usize, usize) {
        (self.counts.lock().alive, self.workers)
    }

    /// One begins.
    pub(crate) fn begun(&self) {
        self.counts.lock().active += 1;
    }

    /// One has ended, after so long.
    pub(crate) fn ended(&self, ended: Ended, took: Duration) {
        let mut counts = self.counts.lock();
        counts.active -= 1;
        counts.took.observe(took);
        match ended {
            Ended::Success => counts.success += 1,
            Ended::Later => counts.later += 1,
            Ended::Retry => counts.retries += 1,
            Ended::Error => counts.errors += 1,
            Ended::Terminal => {
                counts.errors += 1;
                counts.terminal += 1;
            }
            Ended::Panic => {
                counts.errors += 1;
                counts.panics += 1;
            }
            Ended::Timeout => {
                counts.errors += 1;
                counts.timeouts += 1;
            }
        }
    }

    /// So many objects are passed over, because they are paused.
    pub(crate) fn paused(&self, objects: usize) {
        self.counts.lock().paused = objects as u64;
    }

    /// Writes the numbers of all controllers.
    pub(crate) fn expose<'a>(
        page: &mut Exposition,
        all: impl Iterator<Item = (&'a str, &'a Self)>,
    ) {
        let all: Vec<_> =
            all.map(|(name, one)| (name, one.workers, one.counts.lock().clone())).collect();
        let name = "controller_runtime_reconcile_total";
        let help = "Reconciles that have ended, by how";
        let mut samples = page.family(name, Kind::Counter, help);
        for (controller, _, counts) in &all {
            let results = [
                ("success", counts.success),
                ("error", counts.errors),
                ("requeue_after", counts.later),
                ("requeue", counts.retries),
            ];
            for (result, count) in results {
                samples.count(&[("controller", controller), ("result", result)], count);
            }
        }
        type Read = fn(&Counts) -> u64;
        let families: [(&'static str, Kind, &str, Read); 6] = [
            (
                "controller_runtime_reconcile_errors_total",
                Kind::Counter,
                "Reconciles that failed, for whatever reason",
                |counts| counts.errors,
            ),
            (
                "controller_runtime_terminal_reconcile_errors_total",
                Kind::Counter,
                "Reconciles that failed and are not tried again before something changes",
                |counts| counts.terminal,
            ),
            (
                "controller_runtime_reconcile_panics_total",
                Kind::Counter,
                "Reconciles that panicked",
                |counts| counts.panics,
            ),
            (
                "controller_runtime_reconcile_timeouts_total",
                Kind::Counter,
                "Reconciles that took longer than their controller allows",
                |counts| counts.timeouts,
            ),
            (
                "controller_runtime_active_workers",
                Kind::Gauge,
                "Reconciles that run now",
                |counts| counts.active,
            ),
            (
                "kube_runtime_paused_objects",
                Kind::Gauge,
                "Objects that are not reconciled, because an annotation pauses them",
                |counts| counts.paused,
            ),
        ];
        for (name, kind, help, read) in families {
            let mut samples = page.family(name, kind, help);
            for (controller, _, counts) in &all {
                samples.count(&[("controller", controller)], read(counts));
            }
        }
        let name = "controller_runtime_max_concurrent_reconciles";
        let help = "The most reconciles that run at once";
        let mut samples = page.family(name, Kind::Gauge, help);
        for (controller, workers, _) in &all {
            samples.count(&[("controller", controller)], *workers as u64);
        }
        let name = "controller_runtime_reconcile_time_seconds";
        let mut samples = page.histograms(name, "Seconds that reconciles took");
        for (controller, _, counts) in &all {
            samples.histogram(&[("controller", controller)], &counts.took);
        }
    }
}

/// A worker that is there.
#[derive(Debug)]
pub(crate) struct Worker(Arc<Reconciles>);

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.counts.lock().alive -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(page: &str, line: &str) -> Option<f64> {
        page.lines().find_map(|text| text.strip_prefix(line)?.trim().parse().ok())
    }

    #[test]
    fn each_end_of_a_reconcile_is_counted_under_the_names_of_controller_runtime() {
        let reconciles = Reconciles::new(4);
        let ends = [
            (Ended::Success, 3),
            (Ended::Later, 2),
            (Ended::Error, 5),
            (Ended::Terminal, 1),
            (Ended::Panic, 7),
            (Ended::Timeout, 11),
            (Ended::Retry, 13),
        ];
        for (ended, times) in ends {
            for _ in 0..times {
                reconciles.begun();
                reconciles.ended(ended, Duration::from_millis(10));
            }
        }
        reconciles.begun();
        let mut page = Exposition::default();
        Reconciles::expose(&mut page, std::iter::once(("shop", &reconciles)));
        let page = page.finish();
        let expected = [
            ("reconcile_total{controller=\"shop\",result=\"success\"}", 3.0),
            ("reconcile_total{controller=\"shop\",result=\"requeue_after\"}", 2.0),
            ("reconcile_total{controller=\"shop\",result=\"requeue\"}", 13.0),
            ("reconcile_total{controller=\"shop\",result=\"error\"}", 24.0),
            ("reconcile_errors_total{controller=\"shop\"}", 24.0),
            ("terminal_reconcile_errors_total{controller=\"shop\"}", 1.0),
            ("reconcile_panics_total{controller=\"shop\"}", 7.0),
            ("reconcile_timeouts_total{controller=\"shop\"}", 11.0),
            ("active_workers{controller=\"shop\"}", 1.0),
            ("max_concurrent_reconciles{controller=\"shop\"}", 4.0),
            ("reconcile_time_seconds_count{controller=\"shop\"}", 42.0),
            ("reconcile_time_seconds_bucket{controller=\"shop\",le=\"0.005\"}", 0.0),
            ("reconcile_time_seconds_bucket{controller=\"shop\",le=\"0.01\"}", 42.0),
            ("reconcile_time_seconds_bucket{controller=\"shop\",le=\"60\"}", 42.0),
        ];
        for (line, expected) in expected {
            let line = format!("controller_runtime_{line}");
            assert_eq!(value(&page, &line), Some(expected), "{line} in\n{page}");
        }
    }
}
