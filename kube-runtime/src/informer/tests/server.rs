//! A server that is played by hand: what a test does to its objects in, what a reflector hears out.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use kube_core::wire::{ListHead, RawObject, WatchEvent};
use kube_core::{Error, Result, Status};
use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::flow::Key;
use crate::flow::sample::object;
use crate::reflector::{ListPlan, ListWatch, Listed, Listing, WatchPlan, Watching};

/// A server with a state, and as many watches as are open.
#[derive(Debug, Default)]
pub(super) struct Server {
    pub(super) objects: Mutex<Vec<(String, RawObject)>>,
    pub(super) version: Mutex<u64>,
    pub(super) watches: Mutex<Vec<mpsc::UnboundedSender<Result<WatchEvent>>>>,
    pub(super) asked: Mutex<Vec<String>>,
    pub(super) down: AtomicBool,
}

impl Server {
    /// Puts an object in place, and tells of it or not.
    pub(super) fn put(&self, name: &str, version: u64, told: bool) {
        self.put_object(object(name, version), told);
    }

    pub(super) fn put_object(&self, object: RawObject, told: bool) {
        *self.version.lock() = object.meta.resource_version.parse().unwrap();
        let name = object.meta.name.to_string();
        let mut objects = self.objects.lock();
        let known = objects.iter().position(|(known, _)| *known == name);
        known.map(|at| objects.remove(at));
        objects.push((name, object.clone()));
        drop(objects);
        let event = if known.is_some() { WatchEvent::Modified } else { WatchEvent::Added };
        self.tell(told.then(|| event(object)));
    }

    pub(super) fn delete(&self, name: &str, version: u64, told: bool) {
        *self.version.lock() = version;
        self.objects.lock().retain(|(known, _)| known != name);
        self.tell(told.then(|| WatchEvent::Deleted(object(name, version))));
    }

    pub(super) fn tell(&self, event: Option<WatchEvent>) {
        let Some(event) = event else { return };
        let copy = || match &event {
            WatchEvent::Added(object) => WatchEvent::Added(object.clone()),
            WatchEvent::Modified(object) => WatchEvent::Modified(object.clone()),
            WatchEvent::Deleted(object) => WatchEvent::Deleted(object.clone()),
            WatchEvent::Error(status) => WatchEvent::Error(status.clone()),
            WatchEvent::Malformed(malformed) => WatchEvent::Malformed(malformed.clone()),
            other => panic!("{other:?}"),
        };
        self.watches.lock().retain(|watch| watch.send(Ok(copy())).is_ok());
    }

    pub(super) fn expire(&self) {
        self.tell(Some(WatchEvent::Error(Status::failure(410, "Expired", "too old"))));
        self.watches.lock().clear();
    }

    pub(super) fn close(&self) {
        self.watches.lock().clear();
    }

    pub(super) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock())
    }

    pub(super) fn head(&self) -> ListHead {
        let mut head = ListHead::default();
        head.resource_version = self.version.lock().to_string();
        head
    }
}

impl ListWatch for Server {
    fn list(&self, _plan: ListPlan) -> BoxFuture<'_, Result<Listing>> {
        self.asked.lock().push("list".to_owned());
        if self.down.load(Ordering::Relaxed) {
            let status = Status::failure(403, "Forbidden", "no");
            let error = Error::from_status(status, "failed to list");
            return futures::future::ready(Err(error)).boxed();
        }
        let items = self
            .objects
            .lock()
            .iter()
            .map(|(_, object)| Listed::Item(object.clone()))
            .collect::<Vec<_>>();
        let parts = items.into_iter().chain([Listed::End(self.head())]).map(Ok).collect::<Vec<_>>();
        futures::future::ready(Ok(stream::iter(parts).boxed())).boxed()
    }

    fn watch(&self, plan: WatchPlan) -> BoxFuture<'_, Result<Watching>> {
        self.asked.lock().push(format!("watch {}", plan.resource_version.unwrap_or_default()));
        let (sender, receiver) = mpsc::unbounded_channel();
        self.watches.lock().push(sender);
        let events =
            stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
        futures::future::ready(Ok(events.boxed())).boxed()
    }

    fn get(&self, key: Key) -> BoxFuture<'_, Result<Option<RawObject>>> {
        self.asked.lock().push(format!("get {key}"));
        let found = self
            .objects
            .lock()
            .iter()
            .find(|(name, _)| name == key.name())
            .map(|(_, object)| object.clone());
        futures::future::ready(Ok(found)).boxed()
    }
}
