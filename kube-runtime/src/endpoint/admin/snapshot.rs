//! An operator at one moment: its vitals in, the document that the live page shows out.

use std::time::Duration;

use tokio::time::Instant;

use super::document;
use super::document::Document;
use crate::endpoint::vitals::Observed;
use crate::endpoint::vitals::Parts;
use crate::flow::Priority;
use crate::informer::Informer;
use crate::informer::Informers;
use crate::informer::Traffic;
use crate::leader::Health as Leadership;
use crate::observe::Failed;
use crate::observe::Requests;
use crate::reflector::Phase;
use crate::workqueue::Item;
use crate::workqueue::KeyState;

/// How much is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Keys of one queue.
    pub(super) keys: usize,
}

/// Looks at everything once. Each queue and each cache is locked for a moment, one after the other.
pub(super) fn snapshot(parts: &Parts<'_>, bounds: Bounds, now: Instant) -> Document {
    let seen = parts.informers.map(caches).unwrap_or_default();
    let of = |observed| document::Controller {
        waits: parts.waits(observed),
        ..controller(observed, &seen, bounds, now)
    };
    Document {
        version: document::VERSION,
        at: parts.at.to_string(),
        operator: who(parts, &seen),
        lease: parts.leadership.as_ref().map(|leadership| lease(leadership, now)),
        requests: requests(parts.requests),
        controllers: parts.controllers.iter().map(of).collect(),
        caches: seen.iter().map(|seen| cache(seen, now)).collect(),
    }
}

/// A cache and what moves through it.
struct Seen {
    informer: Informer,
    traffic: Traffic,
    health: crate::informer::Health,
}

impl Seen {
    fn of(informer: Informer) -> Self {
        let traffic = informer.traffic();
        let health = informer.health().borrow().clone();
        Self { informer, traffic, health }
    }
}

/// In the order of their names, so that nothing jumps from one second to the next.
fn caches(informers: &Informers) -> Vec<Seen> {
    let mut all = informers.all();
    all.sort_by_cached_key(|informer| {
        let store = informer.store();
        let namespace = store.namespace().unwrap_or_default().to_owned();
        (store.resource().kind.to_string(), namespace, store.labels().to_string())
    });
    all.into_iter().map(Seen::of).collect()
}

fn who(parts: &Parts<'_>, seen: &[Seen]) -> document::Who {
    let starting = parts.controllers.is_empty() || seen.iter().any(|seen| !seen.health.synced);
    let waits = parts.controllers.iter().any(|controller| parts.waits(controller));
    let state = match (parts.stopping, starting, waits) {
        (true, _, _) => "stopping",
        (_, true, _) => "starting",
        (_, _, true) => "waiting to lead",
        (false, false, false) => "running",
    };
    let passed = parts.at.as_duration().as_secs_f64() - parts.started;
    document::Who {
        name: parts.operator.to_owned(),
        runtime: env!("CARGO_PKG_VERSION"),
        state,
        uptime_ms: Duration::try_from_secs_f64(passed).map(milliseconds).unwrap_or_default(),
    }
}

fn lease(health: &Leadership, now: Instant) -> document::Lease {
    let term = health.term.filter(|_| health.is_leader());
    document::Lease {
        lease: health.lease.clone(),
        identity: health.identity.clone(),
        leads: term.is_some(),
        holder: health.holder.clone(),
        expires_in_ms: health.expires.map(|end| until(end, now)),
        since: term.map(|term| term.since.to_string()),
        transitions: term.map(|term| term.transitions),
        failures: health.failures,
        last_error: health.last_error.clone(),
    }
}

fn requests(requests: &Requests) -> document::Requests {
    let (total, failed) = requests.totals();
    document::Requests { total, failed }
}

fn controller(
    observed: &Observed,
    seen: &[Seen],
    bounds: Bounds,
    now: Instant,
) -> document::Controller {
    let caches: Vec<usize> = observed
        .plan
        .uses()
        .flat_map(|(resource, _)| {
            let of = move |(_, seen): &(usize, &Seen)| seen.informer.store().resource() == resource;
            seen.iter().enumerate().filter(of).map(|(place, _)| place)
        })
        .collect();
    let tally = observed.reconciles.tally();
    let failures = observed.reconciles.failures();
    document::Controller {
        name: observed.name.clone(),
        waits: false,
        workers: tally.workers,
        workers_alive: tally.alive,
        pipeline: pipeline(caches.iter().map(|place| &seen[*place])),
        queue: queue(observed, bounds),
        reconciles: document::Reconciles {
            active: tally.active,
            success: tally.success,
            requeue: tally.later + tally.retries,
            errors: tally.errors,
            terminal: tally.terminal,
            panics: tally.panics,
            timeouts: tally.timeouts,
            mean_us: tally.took.as_micros().checked_div(tally.ended.into()).map(number),
        },
        errors: failures.into_iter().map(|failed| failure(failed, now)).collect(),
        caches,
    }
}

fn pipeline<'a>(seen: impl Iterator<Item = &'a Seen>) -> document::Pipeline {
    let mut sum = document::Pipeline::default();
    for Seen { informer, traffic, health } in seen {
        sum.reflectors += 1;
        sum.watching += usize::from(health.synced && health.phase == Some(Phase::Watching));
        sum.failing += usize::from(health.failures > 0);
        sum.fifo += traffic.waiting;
        sum.changes += traffic.changes;
        sum.objects += informer.store().len();
        sum.handlers += traffic.handlers;
        sum.unread += traffic.unread;
    }
    sum
}

fn queue(observed: &Observed, bounds: Bounds) -> document::Queue {
    let snapshot = observed.queue.snapshot(bounds.keys);
    let metrics = observed.queue.metrics();
    document::Queue {
        queued: snapshot.depth.queued,
        processing: snapshot.depth.processing,
        delayed: snapshot.depth.delayed,
        adds: metrics.as_ref().map_or(0, |metrics| metrics.adds),
        retries: metrics.as_ref().map_or(0, |metrics| metrics.retries),
        total: snapshot.total,
        keys: snapshot.items.iter().map(key).collect(),
    }
}

fn key<K: ToString>(item: &Item<K>) -> document::QueueKey {
    document::QueueKey {
        key: item.key.to_string(),
        state: match item.state {
            KeyState::Processing => "processing",
            KeyState::Queued => "queued",
            KeyState::Delayed => "delayed",
            KeyState::Held => "held",
        },
        priority: (item.state == KeyState::Queued).then_some(match item.priority {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
        }),
        again: item.again,
        age_ms: item.age.map(milliseconds),
        due_in_ms: item.due_in.map(milliseconds),
        failures: item.failures,
    }
}

fn failure(failed: Failed, now: Instant) -> document::Failure {
    document::Failure {
        first_ms_ago: ago(failed.first, now),
        last_ms_ago: ago(failed.last, now),
        key: failed.key,
        class: failed.class,
        chain: failed.causes,
        times: failed.times,
    }
}

fn cache(seen: &Seen, now: Instant) -> document::Cache {
    let Seen { informer, traffic, health } = seen;
    let store = informer.store();
    let resource = store.resource();
    document::Cache {
        group: resource.group.to_string(),
        version: resource.version.to_string(),
        kind: resource.kind.to_string(),
        namespace: store.namespace().unwrap_or_default().to_owned(),
        selector: store.labels().to_string(),
        objects: store.len(),
        bytes: store.kept(),
        synced: health.synced,
        phase: match health.phase {
            Some(Phase::Listing | Phase::Streaming) => "listing",
            Some(Phase::Watching) => "watching",
            None => "stopped",
        },
        changes: traffic.changes,
        lists: health.lists,
        listed_ms_ago: health.last_listed.map(|at| ago(at, now)),
        failed: health.failed,
        failures: health.failures,
        failed_ms_ago: health.last_failed.map(|at| ago(at, now)),
        last_error: health.last_error.as_deref().map(str::to_owned),
    }
}

fn ago(then: Instant, now: Instant) -> u64 {
    milliseconds(now.saturating_duration_since(then))
}

fn until(then: Instant, now: Instant) -> u64 {
    milliseconds(then.saturating_duration_since(now))
}

fn milliseconds(duration: Duration) -> u64 {
    number(duration.as_millis())
}

fn number(value: u128) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}
