//! Objects that stand for one reconciled object together: what it asks for is applied, what it asked for before and no longer does is deleted.
//!
//! Mirrors: KEP-3659 (`kubectl apply --prune --applyset`)
//! Differs: the owner is the parent, and nothing is written to it; the kinds are those that were declared with `owns`; a member is known by its
//! owner and a label with the controller's name.

use std::any::TypeId;
use std::collections::HashSet;
use std::fmt;

use kube_core::Allows;
use kube_core::ApiResource;
use kube_core::Apply;
use kube_core::PartialObjectMetadata;
use kube_core::Resource;
use kube_core::ResourceExt;
use kube_core::Result;
use kube_core::object::verb;
use kube_core::request::Verb;

use super::arguments::Cx;
use super::context::Context;
use crate::flow::Key;
use crate::writeback::mark;

/// What the label of a member is called, in the group of the reconciled kind.
const LABEL: &str = "apply-set";

/// The objects that one reconcile asks for; made by [`Cx::apply_set`].
///
/// ```
/// use k8s_openapi::api::core::v1::ConfigMap;
/// use kube_runtime::prelude::*;
///
/// #[derive(Resource, Clone, Debug)]
/// #[resource(group = "demo.example.com", version = "v1", kind = "Book", namespaced)]
/// pub struct BookSpec {
///     pub chapters: Vec<String>,
/// }
///
/// #[controller(owns(ConfigMap), permissions(ConfigMap: delete))]
/// async fn book(book: Object<Book>, cx: Cx<Book>) -> Result<Action> {
///     let mut set = cx.apply_set();
///     for chapter in &book.spec.chapters {
///         let mut map = ConfigMap::default();
///         map.metadata.name = Some(format!("{}-{chapter}", book.name()));
///         set.apply(map).await?;
///     }
///     set.prune().await?; // the chapters that were taken out of the list
///     Ok(Action::done())
/// }
/// # _ = book;
/// ```
#[must_use = "what is asked for no longer is deleted by `prune`"]
pub struct ApplySet<'cx, K> {
    cx: &'cx Cx<K>,
    applied: HashSet<(TypeId, Key)>,
}

impl<'cx, K: Resource> ApplySet<'cx, K> {
    pub(super) fn new(cx: &'cx Cx<K>) -> Self {
        Self { cx, applied: HashSet::new() }
    }

    /// As [`Cx::apply`], and keeps the object.
    ///
    /// # Errors
    /// As [`Cx::apply`]; a kind of which nothing may be deleted. An object that could not be applied is not kept, so whoever goes on after an error must not prune.
    ///
    /// # Cancel safety
    /// As [`Cx::apply`].
    pub async fn apply<A>(&mut self, mut object: A) -> Result<A::Kind>
    where
        A: Apply<Kind: Allows<verb::Patch>>,
    {
        let (label, controller) = membership::<K>(self.cx.controller());
        let labels = object.metadata_mut().labels.get_or_insert_default();
        labels.insert(label, controller);
        self.cx.may(Verb::Delete, &<A::Kind as Resource>::RESOURCE)?;
        let live = self.cx.apply(object).await?;
        self.applied.insert((TypeId::of::<A::Kind>(), Key::of(&live)));
        Ok(live)
    }

    /// Deletes what an earlier reconcile applied through a set and this one did not, and returns how many objects that were.
    ///
    /// It looks for them in the caches of the kinds that are declared with `owns`: a kind stays declared as long as there may be objects of it.
    /// An object that somebody else controls, or that was made anew under the same name, is left alone.
    ///
    /// # Errors
    /// The first failure, after all others were tried.
    ///
    /// # Cancel safety
    /// Requests that have left may still take effect; the next reconcile prunes the rest.
    pub async fn prune(self) -> Result<usize> {
        let (label, controller) = membership::<K>(self.cx.controller());
        let members = self.cx.members(&label, &controller);
        let (mut pruned, mut failed) = (0, None);
        for member in members.into_iter().filter(|member| !self.applied.contains(&member.id())) {
            match self.delete(&member).await {
                Ok(true) => pruned += 1,
                Ok(false) => {}
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(pruned), Err)
    }

    /// False if it was gone, or was another one.
    async fn delete(&self, member: &Member) -> Result<bool> {
        let Member { resource, key, uid, .. } = member;
        let api = self.cx.client().api::<PartialObjectMetadata>(resource.clone(), key.namespace());
        match api.delete(key.name()).uid(uid).await {
            Ok(_) => {
                tracing::info!("pruned {resource} `{key}`: it is not asked for any more");
                Ok(true)
            }
            Err(error) if error.is_not_found() || error.is_conflict() => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl<K> fmt::Debug for ApplySet<'_, K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ApplySet").field("applied", &self.applied.len()).finish()
    }
}

/// The label of the members, and its value.
fn membership<K: Resource>(controller: &str) -> (String, String) {
    (mark::name(controller, LABEL, &K::RESOURCE), controller.to_owned())
}

/// An object that is in the cache.
pub(crate) struct Member {
    resource: ApiResource,
    kind: TypeId,
    key: Key,
    uid: String,
}

impl Member {
    fn id(&self) -> (TypeId, Key) {
        (self.kind, self.key.clone())
    }
}

/// The objects of one kind that an object controls, with a label: owner's uid, label and value in.
pub(crate) type Members = fn(&Context, &str, (&str, &str)) -> Vec<Member>;

/// See [`Members`]. What goes already is none.
pub(crate) fn members<T: Resource>(
    context: &Context,
    owner: &str,
    (label, value): (&str, &str),
) -> Vec<Member> {
    let owned = context.listers.get::<T>().map(|lister| lister.owned_by(owner));
    let is_member = |object: &T| {
        let labelled = object.labels().get(label).is_some_and(|present| present == value);
        labelled
            && !object.is_deleted()
            && object.controller().is_some_and(|present| present.uid == owner)
    };
    let member = |object: &T| Member {
        resource: T::RESOURCE,
        kind: TypeId::of::<T>(),
        key: Key::of(object),
        uid: object.uid().unwrap_or_default().to_owned(),
    };
    let owned = owned.unwrap_or_default();
    owned.iter().filter(|object| is_member(object)).map(|object| member(object)).collect()
}
