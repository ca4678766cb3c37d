//! Reconciles that something outside of the cluster asks for, as a webhook, a channel or a timer: a key in, whether it was enqueued out.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use kube_core::ApiResource;
use kube_core::Resource;
use parking_lot::RwLock;

use crate::flow::Key;
use crate::flow::Priority;
use crate::indexer::Lister;
use crate::workqueue::WorkQueue;

/// Asks for reconciles of objects of `K`. Clones do the same.
///
/// `Operator::trigger` gives one before the start and `Running::trigger` after it; a reconcile function of any controller of the operator takes one
/// as an argument. It is for what the cluster does not show: what changes there leads to a reconcile by itself. A channel, a stream or a timer is a
/// loop of the program that calls [`reconcile`](Self::reconcile).
///
/// ```
/// use k8s_openapi::api::core::v1::ConfigMap;
/// use kube_runtime::controller::Controller;
/// use kube_runtime::flow::{Action, Key};
/// use kube_runtime::operator::Operator;
/// use kube_runtime::reconcile::{Object, Trigger, Triggered};
///
/// async fn mirror(_map: Object<ConfigMap>) -> kube_runtime::Result<Action> {
///     Ok(Action::done())
/// }
///
/// let operator = Operator::new("mirror").controller(Controller::of("mirror", mirror));
/// let trigger: Trigger<ConfigMap> = operator.trigger();
/// // Somewhere else, as in a handler of axum:
/// assert_eq!(trigger.reconcile(&Key::namespaced("prod", "web")), Triggered::NotRunning);
/// ```
pub struct Trigger<K> {
    triggers: Triggers,
    kind: PhantomData<fn(&K)>,
}

/// What became of a wish for a reconcile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Triggered {
    /// It is in the queue of each controller that has such an object; one that is there already is not there twice, and one whose last reconcile
    /// failed waits as long as it would without. In a replica that waits to lead it is reconciled when that leads, and the leader is told nothing.
    Enqueued,
    /// The cache has no such object: it is not there, or none of the controllers' business.
    NoSuchObject,
    /// The operator has not started, or has ended. Nothing is kept: at its start it reconciles everything.
    NotRunning,
}

impl<K: Resource> Trigger<K> {
    pub(crate) fn new(triggers: Triggers) -> Self {
        Self { triggers, kind: PhantomData }
    }

    /// Has an object reconciled before others, whatever the predicates say; `Key::of(&object)` is the key of one that is at hand. It waits for nothing.
    #[must_use = "a wish that was not taken is not kept"]
    pub fn reconcile(&self, key: &Key) -> Triggered {
        self.triggers.reconcile(&K::RESOURCE, key)
    }
}

/// What a controller says to a key.
type Ask = Box<dyn Fn(&Key) -> Triggered + Send + Sync>;

#[derive(Default)]
struct Known {
    /// The kinds of which a trigger was handed out before the start.
    wanted: Vec<ApiResource>,
    controllers: Vec<(ApiResource, Ask)>,
}

/// The controllers of one operator, for whoever asks for reconciles. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Triggers(Arc<RwLock<Known>>);

/// Dropping it ends what the triggers of an operator do, and frees what they hold.
#[derive(Debug)]
pub(crate) struct Connected(Triggers);

impl Triggers {
    /// A trigger for the program around the operator.
    pub(crate) fn hand_out<K: Resource>(&self) -> Trigger<K> {
        let mut known = self.0.write();
        if !known.wanted.contains(&K::RESOURCE) {
            known.wanted.push(K::RESOURCE);
        }
        drop(known);
        Trigger::new(self.clone())
    }

    /// The kinds of which [`hand_out`](Self::hand_out) gave one.
    pub(crate) fn wanted(&self) -> Vec<ApiResource> {
        self.0.read().wanted.clone()
    }

    /// Whether a controller of this kind runs.
    pub(crate) fn has(&self, resource: &ApiResource) -> bool {
        self.0.read().controllers.iter().any(|(present, _)| present == resource)
    }

    /// From now on keys of what this lister has go to this queue.
    pub(crate) fn add<K: Resource>(&self, lister: Lister<K>, queue: WorkQueue<Key>) {
        let ask = move |key: &Key| match lister.is_synced() {
            false => Triggered::NotRunning,
            true if lister.cached(key).is_none() => Triggered::NoSuchObject,
            true => {
                queue.add_with_priority(key.clone(), Priority::High);
                Triggered::Enqueued
            }
        };
        self.0.write().controllers.push((K::RESOURCE, Box::new(ask)));
    }

    pub(crate) fn connected(&self) -> Connected {
        Connected(self.clone())
    }

    fn reconcile(&self, resource: &ApiResource, key: &Key) -> Triggered {
        let known = self.0.read();
        let controllers = known.controllers.iter().filter(|(present, _)| present == resource);
        let said: Vec<Triggered> = controllers.map(|(_, ask)| ask(key)).collect();
        let all = [Triggered::Enqueued, Triggered::NoSuchObject];
        all.into_iter().find(|one| said.contains(one)).unwrap_or(Triggered::NotRunning)
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.0.write().controllers.clear();
    }
}

impl<K> Clone for Trigger<K> {
    fn clone(&self) -> Self {
        Self { triggers: self.triggers.clone(), kind: PhantomData }
    }
}

impl<K> fmt::Debug for Trigger<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Trigger<{}>", std::any::type_name::<K>())
    }
}

impl fmt::Debug for Triggers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.0.read();
        let kinds = known.controllers.iter().map(|(resource, _)| resource.to_string());
        formatter.debug_list().entries(kinds).finish()
    }
}
