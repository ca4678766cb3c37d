//! What became of the requests of a client: each in, client-go's numbers out.
//!
//! Mirrors: controller-runtime pkg/metrics/client_go_adapter.go
//! Differs: a host is named once, that of the client; the duration ends with the head of the answer.

use std::collections::BTreeMap;

use kube_core::client::Attempt;
use kube_core::client::AttemptObserver;
use parking_lot::Mutex;

use super::Exposition;
use super::Histogram;
use super::Kind;

/// controller-runtime's bounds, in nanoseconds.
const BOUNDS: [u64; 12] = [
    5_000_000,
    25_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_000_000_000,
    4_000_000_000,
    8_000_000_000,
    15_000_000_000,
    30_000_000_000,
    60_000_000_000,
];

/// The requests of one process. Codes and methods are few, so that the numbers stay few.
#[derive(Debug, Default)]
pub(crate) struct Requests(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    host: String,
    /// By method and status; no answer is zero.
    codes: BTreeMap<(&'static str, u16), u64>,
    took: BTreeMap<&'static str, Histogram>,
}

impl AttemptObserver for Requests {
    fn attempted(&self, attempt: &Attempt<'_>) {
        let method = attempt.method.as_str();
        let mut counts = self.0.lock();
        if counts.host != attempt.host {
            attempt.host.clone_into(&mut counts.host);
        }
        *counts.codes.entry((method, attempt.status.unwrap_or(0))).or_default() += 1;
        let took = counts.took.entry(method);
        took.or_insert_with(|| Histogram::new(&BOUNDS)).observe(attempt.took);
    }
}

impl Requests {
    /// How many there were, and how many of them had no answer or a status from 400 on.
    pub(crate) fn totals(&self) -> (u64, u64) {
        let counts = self.0.lock();
        let failed = |(_, status): &(&str, u16)| *status == 0 || *status >= 400;
        let of = |wanted: &dyn Fn(&(&'static str, u16)) -> bool| {
            counts.codes.iter().filter(|(code, _)| wanted(code)).map(|(_, count)| count).sum()
        };
        (of(&|_| true), of(&|code| failed(code)))
    }

    /// Writes the numbers.
    pub(crate) fn expose(&self, page: &mut Exposition) {
        let counts = self.0.lock();
        let host = counts.host.as_str();
        let help = "Requests to the API server that were sent, repeats included, by status";
        let mut samples = page.family("rest_client_requests_total", Kind::Counter, help);
        for ((method, code), count) in &counts.codes {
            let code = if *code == 0 { "<error>".to_owned() } else { code.to_string() };
            let labels = [("code", code.as_str()), ("method", *method), ("host", host)];
            samples.count(&labels, *count);
        }
        let help = "Seconds until the head of an answer was there, by method";
        let mut samples = page.histograms("rest_client_request_duration_seconds", help);
        for (verb, took) in &counts.took {
            samples.histogram(&[("verb", *verb), ("host", host)], took);
        }
    }
}
