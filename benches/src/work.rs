//! The same work for every side: what is done, how it is counted, when it has ended.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

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
    /// The same with an index by a function of the typed Pod, each event asked a typed predicate; then lists by the index.
    Indexed,
    /// All Pods reconciled once, then a reconcile for each event.
    Reconcile,
}

impl Work {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cache => "cache",
            Self::Indexed => "indexed",
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
    /// How many reconciles ran for the events, or how many events the predicate admitted.
    pub reconciles: u64,
    /// Milliseconds to list a tenth of the Pods by the index, and again while they are held.
    pub listed: [f64; 2],
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
pub fn finished(findings: Findings, reconciles: u64) {
    tell(&events_over(findings, reconciles));
}

/// The same, and how long it takes to list by an index: the objects of the first list are held during the second.
#[expect(clippy::disallowed_methods, reason = "a bench is what looks at the clock")]
pub fn finished_with_lists<K>(findings: Findings, admitted: u64, list: impl Fn() -> Vec<Arc<K>>) {
    let mut findings = events_over(findings, admitted);
    let mut held = Vec::new();
    for time in &mut findings.listed {
        let begun = Instant::now();
        held.push(list());
        *time = begun.elapsed().as_secs_f64() * 1e3;
    }
    assert!(held.iter().all(|list| !list.is_empty()), "the index finds nothing");
    tell(&findings);
}

fn events_over(mut findings: Findings, reconciles: u64) -> Findings {
    findings.events_cpu = measure::cpu_seconds() - findings.sync_cpu;
    findings.resident_after = measure::resident();
    findings.reconciles = reconciles;
    findings
}

fn tell(findings: &Findings) {
    let line = serde_json::to_string(findings).expect("numbers can be written");
    writeln!(std::io::stdout().lock(), "{line}").expect("the parent listens");
}

/// What every side indexes by: the last digit of the node, so that a value is that of a tenth of the Pods.
pub fn tenth(pod: &Pod) -> Option<u8> {
    pod.spec.as_ref()?.node_name.as_ref()?.bytes().last()
}

/// The value that is listed.
pub const SEVENTH: u8 = b'7';

/// What every side's predicate asks.
pub fn has_an_image(pod: &Pod) -> bool {
    pod.spec.as_ref().is_some_and(|spec| spec.containers.iter().any(|it| it.image.is_some()))
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
