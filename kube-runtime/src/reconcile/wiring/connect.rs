//! Connects what was declared, at start: informers in, listers and handlers that feed the queue out.

use std::sync::Arc;
use std::time::Duration;

use kube_core::ApiResource;
use kube_core::DynamicObject;
use kube_core::Resource;

use super::Gate;
use super::Wiring;
use crate::flow::Key;
use crate::flow::Notice;
use crate::handler::Enqueue;
use crate::handler::EnqueueExt;
use crate::handler::Itself;
use crate::handler::to_queue;
use crate::indexer::Lister;
use crate::informer::InformerHandle;
use crate::informer::Informers;
use crate::reconcile::listers::Listers;
use crate::reconcile::paused::Paused;
use crate::workqueue::WorkQueue;

/// What connecting works on.
pub(crate) struct Connections<'start> {
    pub(crate) informers: &'start Informers,
    /// Where kinds of namespaces are followed, if not everywhere.
    pub(crate) namespaces: Option<&'start [String]>,
    /// Of whose kind the informers are narrower.
    pub(crate) wiring: &'start Wiring,
    pub(crate) listers: &'start mut Listers,
    pub(crate) queue: &'start WorkQueue<Key>,
    /// What holds an object until it was cleaned up after.
    pub(crate) finalizer: &'start str,
    /// Whom the workers have passed over.
    pub(crate) paused: &'start Arc<Paused>,
}

impl Connections<'_> {
    /// The informers of a kind: one, or one for each namespace that the operator keeps to.
    pub(super) fn all<T: Resource>(&self) -> Vec<InformerHandle<T>> {
        let informers = self.wiring.selection.narrow::<T>(self.wiring, self.informers);
        match self.namespaces {
            Some(namespaces) if T::RESOURCE.is_namespaced() => {
                namespaces.iter().map(|name| informers.clone().namespace(name).of()).collect()
            }
            _ => vec![informers.of()],
        }
    }

    /// Reads a kind, wherever it is followed.
    pub(super) fn lister<T: Resource>(&self) -> Lister<T> {
        Lister::over(self.all::<T>().iter().map(|informer| informer.store().clone()))
    }

    /// Makes a kind readable.
    pub(super) fn open<T: Resource>(&mut self) {
        let informers = self.all::<T>();
        self.listers.insert(&informers);
    }

    /// The same of a kind that is known at run time only.
    pub(super) fn dynamic(&self, resource: &ApiResource) -> Vec<InformerHandle<DynamicObject>> {
        let of = |informers: &Informers| informers.dynamic(resource.clone());
        match self.namespaces {
            Some(namespaces) if resource.is_namespaced() => {
                let within = |name: &String| of(&self.informers.clone().namespace(name));
                namespaces.iter().map(within).collect()
            }
            _ => vec![of(self.informers)],
        }
    }

    /// Enqueues what a rule says about each change in these caches that passes the gate.
    pub(super) fn on<T, E: Enqueue>(
        &self,
        informers: Vec<InformerHandle<T>>,
        gate: &Gate,
        rule: impl Fn(&InformerHandle<T>) -> E,
    ) {
        for informer in informers {
            let (gate, store) = (gate.clone(), informer.store().clone());
            let admits = move |notice: &Notice| gate.admits(notice, &store);
            let queue = self.queue.clone();
            let enqueue = rule(&informer).when(admits);
            let add = move |key, priority| queue.add_with_priority(key, priority);
            informer.on(to_queue(enqueue, add));
        }
    }

    /// Enqueues the primary objects themselves.
    ///
    /// No condition hides the deletion of an object that our finalizer holds: nobody else would ever let it go. Nor a change of one that was
    /// passed over while it was paused: this may be the change that ends that.
    pub(super) fn follow<K: Resource>(&self, gate: &Gate, resync: Option<Duration>) {
        for informer in self.all::<K>() {
            let (gate, store) = (gate.clone(), informer.store().clone());
            let (finalizer, paused) = (self.finalizer.to_owned(), Arc::clone(self.paused));
            let admits = move |notice: &Notice| {
                let state = notice.latest();
                let held = || state.finalizers().iter().any(|present| **present == finalizer);
                let passed = paused.has_passed(notice.key());
                if passed && matches!(notice, Notice::Deleted(_)) {
                    paused.forget(notice.key());
                }
                passed || gate.admits(notice, &store) || (state.is_being_deleted() && held())
            };
            let queue = self.queue.clone();
            let handler = to_queue(Itself.when(admits), move |key, priority| {
                queue.add_with_priority(key, priority)
            });
            match resync {
                Some(period) => informer.on_with_resync(handler, period),
                None => informer.on(handler),
            };
        }
    }
}
