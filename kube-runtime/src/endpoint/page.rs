//! The page of all numbers: the parts of an operator in, the text of `/metrics` out.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use super::vitals::Parts;
use crate::informer::Health;
use crate::informer::Informer;
use crate::informer::Informers;
use crate::observe::Exposition;
use crate::observe::Kind;
use crate::observe::Reconciles;
use crate::workqueue::Metrics;
use crate::writeback::event::Recorder;

/// A program's own numbers, in Prometheus' text format.
pub(crate) struct More(pub(crate) Box<dyn Fn() -> String + Send + Sync>);

impl fmt::Debug for More {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("More")
    }
}

/// What the page is about.
pub(super) struct Page<'operator> {
    pub(super) parts: Parts<'operator>,
    pub(super) more: &'operator [More],
}

/// What tells one cache from another.
type Labels = [String; 5];

/// A cache at one moment.
struct Cache {
    objects: usize,
    bytes: usize,
    health: Health,
}

impl Page<'_> {
    pub(super) fn write(&self) -> String {
        let (parts, mut page) = (&self.parts, Exposition::default());
        let queues: Vec<(&str, Metrics)> = parts
            .controllers
            .iter()
            .filter_map(|one| Some((one.name.as_str(), one.queue.metrics()?)))
            .collect();
        Metrics::expose(&mut page, &queues);
        let reconciles = parts.controllers.iter().map(|one| (one.name.as_str(), &*one.reconciles));
        Reconciles::expose(&mut page, reconciles);
        let recorders: Vec<_> = parts.controllers.iter().map(|one| one.recorder.clone()).collect();
        Recorder::expose(&mut page, &recorders);
        if let Some(informers) = parts.informers {
            caches(&mut page, informers);
        }
        if let Some(leadership) = &parts.leadership {
            let help = "Whether this process leads, by client-go's name";
            let leads = u64::from(leadership.is_leader());
            let mut samples = page.family("leader_election_master_status", Kind::Gauge, help);
            let name = leadership.lease.rsplit('/').next().unwrap_or_default();
            samples.count(&[("name", name)], leads);
        }
        if let Some(webhooks) = parts.webhooks {
            webhooks.expose(&mut page);
        }
        parts.requests.expose(&mut page);
        let labels = [("operator", parts.operator), ("version", env!("CARGO_PKG_VERSION"))];
        let help = "The operator and the version of kube-runtime that it is built with; always 1";
        page.family("kube_runtime_build_info", Kind::Gauge, help).count(&labels, 1);
        let help = "When the operator was started, in seconds since 1970";
        page.family("process_start_time_seconds", Kind::Gauge, help).number(&[], parts.started);
        for more in self.more {
            // A program's mistake in its own numbers must not cost it ours.
            match catch_unwind(AssertUnwindSafe(|| (more.0)())) {
                Ok(text) => page.append(&text),
                Err(_) => tracing::warn!("the program's own metrics are missing: they panicked"),
            }
        }
        page.finish()
    }
}

fn caches(page: &mut Exposition, informers: &Informers) {
    let read = |informer: Informer| -> (Labels, Cache) {
        let store = informer.store();
        let resource = store.resource();
        let labels = [
            resource.group.to_string(),
            resource.version.to_string(),
            resource.kind.to_string(),
            store.namespace().unwrap_or_default().to_owned(),
            store.labels().to_string(),
        ];
        let health = informer.health().borrow().clone();
        (labels, Cache { objects: store.len(), bytes: store.kept(), health })
    };
    // In the order of their names, so that two scrapes differ in numbers only.
    let caches: BTreeMap<Labels, Cache> = informers.all().into_iter().map(read).collect();
    type Read = fn(&Cache) -> Option<f64>;
    #[expect(clippy::cast_precision_loss, reason = "every number of the format is a float")]
    let families: [(&'static str, Kind, &str, Read); 5] = [
        ("kube_runtime_cache_objects", Kind::Gauge, "Objects in the cache", |cache| {
            Some(cache.objects as f64)
        }),
        (
            "kube_runtime_cache_bytes",
            Kind::Gauge,
            "Bytes that the objects take in the cache, as they are kept",
            |cache| Some(cache.bytes as f64),
        ),
        (
            "kube_runtime_cache_synced",
            Kind::Gauge,
            "Whether the cache has had a whole list",
            |cache| Some(f64::from(u8::from(cache.health.synced))),
        ),
        (
            "kube_runtime_watch_failures_total",
            Kind::Counter,
            "Lists and watches that failed; each is tried again",
            |cache| Some(cache.health.failed as f64),
        ),
        (
            "kube_runtime_watch_last_failure_age_seconds",
            Kind::Gauge,
            "How long ago a list or watch failed last; absent if none ever did",
            |cache| Some(cache.health.last_failed?.elapsed().as_secs_f64()),
        ),
    ];
    for (name, kind, help, read) in families {
        let mut samples = page.family(name, kind, help);
        for ([group, version, kind, namespace, selector], cache) in &caches {
            let labels = [
                ("group", group.as_str()),
                ("version", version),
                ("kind", kind),
                ("namespace", namespace),
                ("selector", selector),
            ];
            if let Some(value) = read(cache) {
                samples.number(&labels, value);
            }
        }
    }
}
