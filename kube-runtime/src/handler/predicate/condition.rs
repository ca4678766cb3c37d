//! A condition in the form that its writer likes, and the cache that it may read; whether a notice matters out.

use kube_core::Resource;

use super::Predicate;
use crate::flow::Notice;
use crate::indexer::Store;

/// Says which changes of objects of `K` matter: what stands behind `predicate =`.
///
/// It is either a [`Predicate`], as [`generation_changed`](super::generation_changed), which is asked about what happened; or a function of the
/// typed object, `fn(&K) -> bool`, which is asked about the state now and, after an update, about the one before. An object that is not what
/// its type says fulfils no function; the cache reports it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say which changes of `{K}` matter",
    note = "a predicate is `fn(&{K}) -> bool`, `fn(&Notice) -> bool`, one of `generation_changed`, `labels_changed`, `annotations_changed`, `resource_version_changed`, or several of the latter two kinds with `.and(..)`, `.or(..)`, `.negated()`"
)]
pub trait Condition<K, Form>: Send + Sync + 'static {
    /// Whether this notice matters.
    fn holds(&self, notice: &Notice, store: &Store) -> bool;
}

/// A condition on what happened.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "it has no values")]
pub enum OfNotice {}

/// A condition on the typed object.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "it has no values")]
pub enum OfObject {}

impl<K, P: Predicate> Condition<K, OfNotice> for P {
    fn holds(&self, notice: &Notice, _store: &Store) -> bool {
        self.admits(notice)
    }
}

impl<K: Resource, F: Fn(&K) -> bool + Send + Sync + 'static> Condition<K, OfObject> for F {
    fn holds(&self, notice: &Notice, store: &Store) -> bool {
        let holds = |state| store.read::<K>(state).is_ok_and(|object| self(&object));
        // The newest first: whoever handles the notice will read that one anyway.
        holds(notice.latest()) || notice.before().is_some_and(holds)
    }
}
