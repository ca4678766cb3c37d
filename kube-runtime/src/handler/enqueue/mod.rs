//! Which keys a notice is about: the family of rules, one file each.

mod itself;
mod mapped;
mod owner;

pub use itself::Itself;
pub use mapped::Mapped;
pub use owner::Owner;

use super::predicate::Predicate;
use crate::flow::{Key, Notice};

/// A rule from a notice to keys. A key may be added twice; queues do not mind.
#[diagnostic::on_unimplemented(message = "`{Self}` is no rule for which keys to enqueue")]
pub trait Enqueue: Send + Sync + 'static {
    /// Adds the keys that this notice is about.
    fn keys(&self, notice: &Notice, add: &mut dyn FnMut(Key));
}

/// What can be done with every rule.
pub trait EnqueueExt: Enqueue + Sized {
    /// The same rule for the notices that a predicate admits.
    fn when<P: Predicate>(self, predicate: P) -> When<Self, P> {
        When { enqueue: self, predicate }
    }
}

impl<E: Enqueue> EnqueueExt for E {}

/// A rule under a predicate.
#[derive(Debug, Clone)]
pub struct When<E, P> {
    enqueue: E,
    predicate: P,
}

impl<E: Enqueue, P: Predicate> Enqueue for When<E, P> {
    fn keys(&self, notice: &Notice, add: &mut dyn FnMut(Key)) {
        if self.predicate.admits(notice) {
            self.enqueue.keys(notice, add);
        }
    }
}
