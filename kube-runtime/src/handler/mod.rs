//! From what changed in a cache to who must be reconciled: a [`Notice`] in, [`Key`]s out.
//!
//! Promises:
//! - An owner is recognised by group and kind: a new version of the owner's kind changes nothing.
//! - A cluster-scoped owner has one key, whatever namespaces its objects are in.
//! - A mapping is asked about the old state as well as the new one, so that what an object stopped
//!   pointing at is reconciled too.
//!
//! Mirrors: controller-runtime pkg/handler, pkg/predicate; client-go tools/cache/controller.go (`FilteringResourceEventHandler`)

pub mod enqueue;
pub mod predicate;
mod filter;
#[cfg(test)]
mod tests;

pub use enqueue::{Enqueue, EnqueueExt, Itself, Mapped, Owner};
pub use filter::Filtered;
pub use predicate::{Condition, Predicate, PredicateExt};

use crate::flow::{Key, Notice, Priority};

/// Somebody who is told what changed in a cache, after the cache has it.
///
/// Promises to the implementer: notices about one object come one at a time and in order. One that
/// takes long delays nobody else; it is told the first old and the last new state of what it
/// missed. One that panics misses that notice, and gets the next.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event handler",
    note = "a closure `|notice: &Notice| ..` is one"
)]
pub trait EventHandler: Send + Sync + 'static {
    /// Something changed.
    fn on_notice(&self, notice: &Notice);
}

impl<F: Fn(&Notice) + Send + Sync + 'static> EventHandler for F {
    fn on_notice(&self, notice: &Notice) {
        self(notice);
    }
}

/// Hands the keys of each notice on, and how urgent they are: what changed goes before what is listed or repeated.
pub fn to_queue<E: Enqueue>(
    enqueue: E,
    add: impl Fn(Key, Priority) + Send + Sync + 'static,
) -> impl EventHandler {
    move |notice: &Notice| {
        let priority = match notice.is_initial() || notice.is_resync() {
            true => Priority::Low,
            false => Priority::Normal,
        };
        enqueue.keys(notice, &mut |key| add(key, priority));
    }
}
