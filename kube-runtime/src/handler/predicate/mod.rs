//! Which notices matter: the family of conditions, one file each, and how they combine.
//!
//! Mirrors: controller-runtime pkg/predicate

mod changed;
mod combined;
mod condition;
mod labels;
mod object;

pub use changed::{
    annotations_changed, generation_changed, labels_changed, resource_version_changed,
};
pub use combined::{And, Not, Or};
pub use condition::{Condition, OfNotice, OfObject};
pub use labels::Labels;
pub use object::Object;

use crate::flow::Notice;

/// A condition on notices.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a predicate",
    note = "a closure `|notice: &Notice| -> bool` is one; `Object::new(store, |object: &Pod| ..)` asks the typed object"
)]
pub trait Predicate: Send + Sync + 'static {
    /// Whether this notice matters.
    fn admits(&self, notice: &Notice) -> bool;
}

impl<F: Fn(&Notice) -> bool + Send + Sync + 'static> Predicate for F {
    fn admits(&self, notice: &Notice) -> bool {
        self(notice)
    }
}

impl Predicate for Box<dyn Predicate> {
    fn admits(&self, notice: &Notice) -> bool {
        (**self).admits(notice)
    }
}

/// How predicates combine.
pub trait PredicateExt: Predicate + Sized {
    /// Both.
    fn and<P: Predicate>(self, other: P) -> And<Self, P> {
        And(self, other)
    }

    /// Either.
    fn or<P: Predicate>(self, other: P) -> Or<Self, P> {
        Or(self, other)
    }

    /// The opposite.
    fn negated(self) -> Not<Self> {
        Not(self)
    }
}

impl<P: Predicate> PredicateExt for P {}
