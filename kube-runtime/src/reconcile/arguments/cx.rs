//! `Cx<K>`: what a reconcile writes with; owner, namespace and field manager are filled in.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use kube_core::Allows;
use kube_core::ApiResource;
use kube_core::Apply;
use kube_core::Client;
use kube_core::HasStatus;
use kube_core::Resource;
use kube_core::ResourceExt;
use kube_core::object::verb;
use kube_core::request::Propagation;
use kube_core::request::Verb;

use super::Argument;
use crate::error::Result;
use crate::flow::Key;
use crate::observe::ReconcileId;
use crate::reconcile::apply_set::ApplySet;
use crate::reconcile::apply_set::Member;
use crate::reconcile::request::Request;
use crate::reconcile::wiring::Wiring;
use crate::writeback::WriteError;
use crate::writeback::apply;
use crate::writeback::conditions::Condition;
use crate::writeback::conditions::Truth;
use crate::writeback::conditions::condition;
use crate::writeback::event::EventType;
use crate::writeback::status;

/// The hands of a reconcile. It refuses kinds that the controller did not declare before any request leaves.
///
/// A write through it is seen by the next read of this process, of the cache too.
pub struct Cx<K> {
    request: Request<K>,
}

impl<K: Resource> Cx<K> {
    /// Makes the cluster hold `object` as it is here, as an object that the reconciled one owns, and returns what the cluster holds then.
    ///
    /// Fields that an earlier call of this controller set and this one does not are removed. The namespace is the owner's unless it says another.
    ///
    /// # Errors
    /// What cannot be owned, what was not declared, what the server refuses.
    ///
    /// # Cancel safety
    /// A request that has left may still take effect; the next read of the object finds out.
    pub async fn apply<A>(&self, object: A) -> kube_core::Result<A::Kind>
    where
        A: Apply<Kind: Allows<verb::Patch>>,
    {
        let context = self.request.context();
        context.declared.owns(&<A::Kind as Resource>::RESOURCE)?;
        let cached = |namespace: Option<&str>, name: &str| {
            context.cached_version::<A::Kind>(&Key::new(namespace, name))
        };
        apply::owned(&context.writer, &**self.request.object(), object, cached).await
    }

    /// Lets `change` work on the status and writes what is different then; true if anything was. It runs again after a conflict, on the live object's status.
    ///
    /// # Errors
    /// What the server refuses; a conflict when others write all the time.
    ///
    /// # Cancel safety
    /// A request that has left may still take effect.
    pub async fn status(&self, change: impl FnMut(&mut K::Status)) -> kube_core::Result<bool>
    where
        K: HasStatus + Allows<verb::Patch>,
    {
        let latest = self.request.latest();
        let written = status::update(&self.request.context().writer, &latest, change).await?;
        let any = written.is_some();
        if let Some(written) = written {
            tracing::info!("status written");
            self.request.learn(written);
        }
        Ok(any)
    }

    /// A condition that was seen now, of the generation of the object that this reconcile began with; for the status, see
    /// [`conditions`](crate::writeback::conditions).
    ///
    /// ```
    /// use kube_runtime::prelude::*;
    ///
    /// #[derive(Resource, Clone, Debug)]
    /// #[resource(group = "demo.example.com", version = "v1", kind = "Oven", namespaced, status = OvenStatus)]
    /// pub struct OvenSpec {
    ///     pub lit: bool,
    /// }
    ///
    /// #[derive(Schema, Clone, Debug, Default)]
    /// pub struct OvenStatus {
    ///     pub conditions: Vec<Condition>,
    /// }
    ///
    /// #[controller]
    /// async fn oven(oven: Object<Oven>, cx: Cx<Oven>) -> Result<Action> {
    ///     let reason = if oven.spec.lit { "Lit" } else { "Cold" };
    ///     cx.status(|status| {
    ///         status.conditions.set(cx.condition("Ready", oven.spec.lit, reason, "as it was asked for"));
    ///     })
    ///     .await?;
    ///     Ok(Action::done())
    /// }
    /// # _ = oven;
    /// ```
    #[must_use]
    pub fn condition(
        &self,
        type_: impl Into<String>,
        status: impl Into<Truth>,
        reason: impl AsRef<str>,
        message: impl Into<String>,
    ) -> Condition {
        let generation = Resource::metadata(&**self.request.object()).generation;
        condition(type_, status, reason, message, generation, self.now())
    }

    /// Deletes an object beside the reconciled one; false if there was none. It is declared with `permissions(Kind: delete)`.
    ///
    /// # Errors
    /// What the server refuses, and what was not declared.
    ///
    /// # Cancel safety
    /// A request that has left may still take effect.
    pub async fn delete<T>(&self, name: &str) -> kube_core::Result<bool>
    where
        T: Resource + Allows<verb::Delete>,
    {
        let namespace = self.request.object().namespace();
        let namespace = namespace.filter(|_| T::RESOURCE.is_namespaced());
        match self.client().api::<T>(T::RESOURCE, namespace).delete(name).await {
            Ok(_) => {
                tracing::info!("deleted {} `{name}`", T::RESOURCE);
                Ok(true)
            }
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Sees to it that an object which this one controls is gone, beside the reconciled one; true when it is.
    ///
    /// It asks for the deletion once, in the foreground, so that what the object owns goes first, and says false until the object is gone; the
    /// end of it leads to the next reconcile. So dependents go in order: `if !cx.gone::<Deployment>("web").await? { return
    /// Ok(Action::wait()) }`, and then the next one. The kind is declared with `owns` and `permissions(Kind: delete)`. An object that somebody else
    /// controls is left alone and counts as gone.
    ///
    /// # Errors
    /// What the server refuses; a kind that this controller has no cache of, or did not declare that it deletes, also when there is no object.
    ///
    /// # Cancel safety
    /// A request that has left may still take effect.
    pub async fn gone<T>(&self, name: &str) -> kube_core::Result<bool>
    where
        T: Resource + Allows<verb::Delete>,
    {
        let owner = self.request.object();
        let namespace = owner.namespace().filter(|_| T::RESOURCE.is_namespaced());
        let lister = self.request.context().listers.get::<T>();
        let lister =
            lister.ok_or_else(|| WriteError::NotCached { what: T::RESOURCE.to_string() })?;
        self.request.context().may(Verb::Delete, &T::RESOURCE)?;
        let Some(object) = lister.get(namespace, name)? else { return Ok(true) };
        if object.controller().map(|present| present.uid.as_str()) != owner.uid() {
            return Ok(true);
        }
        if object.is_deleted() {
            return Ok(false);
        }
        let api = self.client().api::<T>(T::RESOURCE, namespace);
        let uid = object.uid().unwrap_or_default();
        match api.delete(name).uid(uid).propagation(Propagation::Foreground).await {
            Ok(_) => tracing::info!("deleting {} `{name}`", T::RESOURCE),
            Err(error) if error.is_not_found() || error.is_conflict() => {}
            Err(error) => return Err(error),
        }
        Ok(lister.get(namespace, name)?.is_none())
    }

    /// Objects that stand for this one together: what is applied through the set, and not by the next reconcile any more, is pruned by that. Their
    /// kinds are declared with `owns` and `permissions(Kind: delete)`.
    pub fn apply_set(&self) -> ApplySet<'_, K> {
        ApplySet::new(self)
    }

    pub(crate) fn may(&self, verb: Verb, resource: &ApiResource) -> kube_core::Result<()> {
        self.request.context().may(verb, resource)
    }

    pub(crate) fn members(&self, label: &str, value: &str) -> Vec<Member> {
        let context = self.request.context();
        let Some(owner) = self.request.object().uid() else { return Vec::new() };
        context.members.iter().flat_map(|of_kind| of_kind(context, owner, (label, value))).collect()
    }

    /// Runs this reconcile again after `delay`, if it ends well, or earlier when something changes. It may be said in many places: the
    /// earliest counts, also beside an `Action::after`. An `Err` comes again as failures do.
    pub fn wake_after(&self, delay: Duration) {
        self.request.wake_after(delay);
    }

    /// Records that something happened to the object. It never waits and never fails.
    pub fn event(&self, type_: EventType, reason: impl Into<String>, note: impl Into<String>) {
        self.request.context().recorder.record(&**self.request.object(), type_, reason, note);
    }

    /// The client that this controller writes with.
    #[must_use]
    pub fn client(&self) -> &Client {
        self.request.context().client()
    }

    /// The object's key.
    #[must_use]
    pub fn key(&self) -> &Key {
        self.request.key()
    }

    /// The number of this reconcile.
    #[must_use]
    pub fn reconcile_id(&self) -> ReconcileId {
        self.request.id()
    }

    /// The controller's name.
    #[must_use]
    pub fn controller(&self) -> &str {
        &self.request.context().controller
    }

    /// The present time, as tests can set it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.request.context().clock.now()
    }
}

impl<K: Resource> Argument<K> for Cx<K> {
    fn wire(_wiring: &mut Wiring) {}

    fn extract(request: &Request<K>) -> Result<Self> {
        Ok(Self { request: request.clone() })
    }
}

impl<K> Clone for Cx<K> {
    fn clone(&self) -> Self {
        Self { request: self.request.clone() }
    }
}

impl<K> fmt::Debug for Cx<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Cx").field(&self.request).finish()
    }
}
