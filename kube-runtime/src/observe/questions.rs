//! What became of the questions that an operator was asked: each in, controller-runtime's numbers out.
//!
//! Mirrors: controller-runtime pkg/webhook/internal/metrics/metrics.go

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;

use super::Exposition;
use super::Histogram;
use super::Kind;

/// Prometheus' own bounds, in nanoseconds.
const BOUNDS: [u64; 11] = [
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
];

/// The questions to one webhook.
#[derive(Debug)]
pub(crate) struct Questions(Mutex<Counts>);

#[derive(Debug)]
struct Counts {
    /// By status.
    codes: BTreeMap<u16, u64>,
    took: Histogram,
    in_flight: u64,
    panics: u64,
}

impl Default for Questions {
    fn default() -> Self {
        let took = Histogram::new(&BOUNDS);
        let counts = Counts { codes: BTreeMap::new(), took, in_flight: 0, panics: 0 };
        Self(Mutex::new(counts))
    }
}

impl Questions {
    /// One has come; it is in flight until what this returns is dropped.
    pub(crate) fn begin(&self) -> InFlight<'_> {
        self.0.lock().in_flight += 1;
        InFlight(self)
    }

    /// One was answered with this status.
    pub(crate) fn answered(&self, status: u16, took: Duration) {
        let mut counts = self.0.lock();
        *counts.codes.entry(status).or_default() += 1;
        counts.took.observe(took);
    }

    /// The function that was asked panicked.
    pub(crate) fn panicked(&self) {
        self.0.lock().panics += 1;
    }

    /// Writes the numbers of all webhooks, each with its path.
    pub(crate) fn expose(all: &[(&str, &Self)], page: &mut Exposition) {
        if all.is_empty() {
            return;
        }
        let help = "Questions of the API server by HTTP status";
        let mut samples =
            page.family("controller_runtime_webhook_requests_total", Kind::Counter, help);
        for (path, questions) in all {
            for (code, count) in &questions.0.lock().codes {
                samples.count(&[("webhook", *path), ("code", &code.to_string())], *count);
            }
        }
        let help = "Questions that are being answered";
        let mut samples =
            page.family("controller_runtime_webhook_requests_in_flight", Kind::Gauge, help);
        for (path, questions) in all {
            samples.count(&[("webhook", *path)], questions.0.lock().in_flight);
        }
        let help = "Panics of functions that were asked";
        let mut samples =
            page.family("controller_runtime_webhook_panics_total", Kind::Counter, help);
        for (path, questions) in all {
            samples.count(&[("webhook", *path)], questions.0.lock().panics);
        }
        let help = "Seconds until a question was answered";
        let mut samples = page.histograms("controller_runtime_webhook_latency_seconds", help);
        for (path, questions) in all {
            samples.histogram(&[("webhook", *path)], &questions.0.lock().took);
        }
    }
}

/// A question that is being answered.
pub(crate) struct InFlight<'a>(&'a Questions);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.0.lock().in_flight -= 1;
    }
}
