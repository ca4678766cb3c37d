//! Delivers events: takes occurrences from the queue, asks what is to be written, and writes it.

use std::time::Duration;

use k8s_openapi::api::events::v1::Event;
use kube_core::Api;
use kube_core::Client;
use kube_core::MicroTime;
use kube_core::ObjectMeta;
use kube_core::Patch;
use kube_core::Resource;
use kube_core::Result;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Occurrence;
use super::series::Correlator;
use super::series::Write;
use crate::clock::Clock;
use crate::shutdown::Shutdown;

/// How often a write is tried when the server cannot be reached or asks to wait.
const TRIES: u32 = 6;
/// How often series are looked at.
const SWEEP: Duration = Duration::from_secs(60);

/// The delivery of one controller's events.
#[derive(Debug)]
pub(crate) struct Pump {
    client: Client,
    /// `reportingController`.
    controller: String,
    /// `reportingInstance`.
    instance: String,
    action: &'static str,
    clock: Clock,
    correlator: Correlator,
}

impl Pump {
    pub(crate) fn new(client: Client, controller: &str, instance: &str, clock: Clock) -> Self {
        let instance = super::shorten(format!("{controller}-{instance}"), 128);
        Self {
            client,
            controller: controller.to_owned(),
            instance,
            action: "Reconcile",
            clock,
            correlator: Correlator::default(),
        }
    }

    /// Says what was done when it happened, instead of `Reconcile`.
    pub(crate) fn acting(mut self, action: &'static str) -> Self {
        self.action = action;
        self
    }

    /// Delivers until the shutdown begins, and then what is still queued.
    pub(crate) async fn run(mut self, mut queue: mpsc::Receiver<Occurrence>, shutdown: Shutdown) {
        let mut sweep = Instant::now() + SWEEP;
        loop {
            tokio::select! {
                biased;
                received = queue.recv() => match received {
                    Some(occurrence) => self.deliver(&occurrence, &shutdown).await,
                    None => return,
                },
                () = shutdown.begun(), if !queue.is_closed() => queue.close(),
                () = tokio::time::sleep_until(sweep), if !self.correlator.is_empty() => {
                    sweep = Instant::now() + SWEEP;
                    for write in self.correlator.sweep(self.clock.now()) {
                        self.write_or_log(write, None, &shutdown).await;
                    }
                }
            }
        }
    }

    async fn deliver(&mut self, occurrence: &Occurrence, shutdown: &Shutdown) {
        if let Some(write) = self.correlator.observe(occurrence) {
            self.write_or_log(write, Some(occurrence), shutdown).await;
        }
    }

    async fn write_or_log(
        &mut self,
        mut write: Write,
        occurrence: Option<&Occurrence>,
        shutdown: &Shutdown,
    ) {
        for attempt in 1..=TRIES {
            let error = match self.write(&write, occurrence).await {
                Ok(()) => return,
                Err(error) => error,
            };
            match (write, occurrence) {
                // It expired, or somebody deleted it: it is made anew.
                (Write::Count { identity, .. }, Some(occurrence)) if error.is_not_found() => {
                    write = self.correlator.begin(identity, occurrence.at);
                }
                (Write::Create { identity, .. }, Some(occurrence)) if error.is_already_exists() => {
                    write = self.correlator.begin(identity, occurrence.at);
                }
                (same, _) if error.is_retryable() && attempt < TRIES && !shutdown.is_begun() => {
                    write = same;
                    let wait = Duration::from_secs(1 << attempt);
                    _ = shutdown.or(tokio::time::sleep_until(Instant::now() + wait)).await;
                }
                _ => {
                    tracing::debug!(error = error.chain(), "event not delivered");
                    return;
                }
            }
        }
    }

    async fn write(&self, write: &Write, occurrence: Option<&Occurrence>) -> Result<()> {
        match (write, occurrence) {
            (Write::Create { namespace, name, .. }, Some(occurrence)) => {
                let event = self.event(namespace, name, occurrence);
                self.api(namespace).create(&event).await.map(drop)
            }
            // A sweep creates nothing.
            (Write::Create { .. }, None) => Ok(()),
            (Write::Count { namespace, name, count, last, .. }, _) => {
                let last = MicroTime(*last);
                let series = json!({ "count": count, "lastObservedTime": last });
                let patch = Patch::Merge(json!({ "series": series }));
                self.api(namespace).patch(name.as_str(), patch).await.map(drop)
            }
        }
    }

    fn api(&self, namespace: &str) -> Api<Event> {
        self.client.api(Event::RESOURCE, Some(namespace))
    }

    fn event(&self, namespace: &str, name: &str, occurrence: &Occurrence) -> Event {
        Event {
            metadata: ObjectMeta {
                namespace: Some(namespace.to_owned()),
                name: Some(name.to_owned()),
                ..ObjectMeta::default()
            },
            action: Some(self.action.to_owned()),
            event_time: Some(MicroTime(occurrence.at)),
            note: Some(occurrence.note.clone()),
            reason: Some(occurrence.reason.clone()),
            regarding: Some(occurrence.regarding.clone()),
            reporting_controller: Some(self.controller.clone()),
            reporting_instance: Some(self.instance.clone()),
            type_: Some(occurrence.type_.as_str().to_owned()),
            ..Event::default()
        }
    }
}
