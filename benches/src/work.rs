//! The same work for every side: what is done, how it is counted, when it has ended.

use std::io::Write as _;

use serde::Deserialize;
use serde::Serialize;

use crate::measure;

/// What a client process is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// All Pods into the cache, then every event into the cache.
    Cache,
    /// All Pods reconciled once, then a reconcile for each event.
    Reconcile,
}

impl Work {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cache => "cache",
            Self::Reconcile => "reconcile",
        }
    }
}

/// What a client process found, printed as one JSON line.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Findings {
    /// CPU seconds from the start until the cache is filled (and each Pod reconciled, if asked).
    pub sync_cpu: f64,
    /// MiB resident then.
    pub resident: f64,
    /// The most MiB resident until then.
    pub peak: f64,
    /// CPU seconds for the events.
    pub events_cpu: f64,
    /// MiB resident after the events.
    pub resident_after: f64,
    /// How many reconciles ran for the events.
    pub reconciles: u64,
}

/// The line by which a client says that it is synced and wants the events.
pub const SYNCED: &str = "synced";

/// Takes the figures of the first half and asks the parent for the events.
pub fn synced() -> Findings {
    let findings = Findings {
        sync_cpu: measure::cpu_seconds(),
        resident: measure::resident(),
        peak: measure::peak(),
        ..Findings::default()
    };
    let mut output = std::io::stdout().lock();
    writeln!(output, "{SYNCED}").and_then(|()| output.flush()).expect("the parent listens");
    findings
}

/// Takes the figures of the second half and prints them all.
pub fn finished(mut findings: Findings, reconciles: u64) {
    findings.events_cpu = measure::cpu_seconds() - findings.sync_cpu;
    findings.resident_after = measure::resident();
    findings.reconciles = reconciles;
    let line = serde_json::to_string(&findings).expect("numbers can be written");
    writeln!(std::io::stdout().lock(), "{line}").expect("the parent listens");
}
