//! The same work for every side: what is done, how it is counted, when it has ended.

use std::io::Write as _;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use serde::Deserialize;
use serde::Serialize;
use tokio::sync::Notify;

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

/// What the reconcile function of every side does, and how often it has.
#[derive(Debug)]
pub struct Reconciles {
    count: AtomicU64,
    whole: AtomicU64,
    sentinel: String,
    sentinel_seen: Notify,
}

impl Reconciles {
    /// None so far; the events end with the Pod `sentinel`.
    pub fn new(sentinel: &str) -> Self {
        let sentinel = sentinel.to_owned();
        Self {
            count: AtomicU64::new(0),
            whole: AtomicU64::new(0),
            sentinel,
            sentinel_seen: Notify::new(),
        }
    }

    /// Reads the first image and the owner of a Pod.
    pub fn look_at(&self, pod: &Pod) {
        let image = pod.spec.as_ref().and_then(|spec| spec.containers.first()?.image.as_ref());
        let owner = pod.metadata.owner_references.as_ref().and_then(|owners| owners.first());
        self.whole.fetch_add(u64::from(image.is_some() && owner.is_some()), Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
        if pod.metadata.name.as_deref() == Some(&self.sentinel) {
            self.sentinel_seen.notify_one();
        }
    }

    /// Measures: each Pod once, then the events until the sentinel was reconciled.
    pub async fn measure(&self, pods: usize) {
        let mut poll = tokio::time::interval(Duration::from_millis(20));
        while self.count.load(Ordering::Relaxed) < pods as u64 {
            poll.tick().await;
        }
        let (findings, before) = (synced(), self.count.load(Ordering::Relaxed));
        self.sentinel_seen.notified().await;
        let count = self.count.load(Ordering::Relaxed);
        assert_eq!(self.whole.load(Ordering::Relaxed), count, "a Pod had no image or no owner");
        finished(findings, count - before);
    }
}
