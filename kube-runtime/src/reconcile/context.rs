//! What all reconciles of one controller share: its client, its name, the caches, the states.

use std::sync::Arc;

use anyhow::Context as _;
use kube_core::ApiResource;
use kube_core::Client;
use kube_core::Resource;
use kube_core::client::RequestGuard as _;
use kube_core::request::Verb;

use super::apply_set::Members;
use super::guard::Declared;
use super::listers::Listers;
use super::states::States;
use super::trigger::Triggers;
use crate::clock::Clock;
use crate::error::Result;
use crate::flow::Key;
use crate::indexer::Lister;
use crate::writeback::Writer;
use crate::writeback::apply::Version;
use crate::writeback::event::Recorder;

/// Shared by the reconciles of a controller.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) controller: Arc<str>,
    pub(crate) writer: Writer,
    /// What the writer's client refuses before a request leaves.
    pub(crate) declared: Arc<Declared>,
    pub(crate) listers: Listers,
    /// Of the kinds that were declared with `owns`.
    pub(crate) members: Vec<Members>,
    pub(crate) states: States,
    pub(crate) triggers: Triggers,
    pub(crate) recorder: Recorder,
    pub(crate) clock: Clock,
}

impl Context {
    pub(crate) fn client(&self) -> &Client {
        &self.writer.client
    }

    /// Refuses what was not declared, also where no request would follow: so a missing declaration shows in the first reconcile.
    pub(crate) fn may(&self, verb: Verb, resource: &ApiResource) -> kube_core::Result<()> {
        self.declared.check(verb, resource, None)
    }

    pub(crate) fn states(&self) -> &States {
        &self.states
    }

    /// The version that the cache has of an object, if it is of a kind that is cached.
    pub(crate) fn cached_version<T: Resource>(&self, key: &Key) -> Option<Version> {
        let cached = self.listers.get::<T>()?.cached(key)?;
        Some(Version {
            resource_version: cached.resource_version().to_owned(),
            generation: cached.generation(),
        })
    }

    pub(crate) fn lister<T: Resource>(&self) -> Result<Lister<T>> {
        let lister = self.listers.get::<T>();
        lister.cloned().with_context(|| {
            format!(
                "controller `{}` has no cache of {}: add `owns(..)`, `watches(..)` or a `Lister<..>` argument",
                self.controller,
                T::RESOURCE
            )
        })
    }
}
