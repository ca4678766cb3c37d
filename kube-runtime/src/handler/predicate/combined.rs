//! Two conditions in one, and the opposite of one.

use super::Predicate;
use crate::flow::Notice;

/// Both.
#[derive(Debug, Clone, Copy)]
pub struct And<L, R>(pub(super) L, pub(super) R);

/// Either.
#[derive(Debug, Clone, Copy)]
pub struct Or<L, R>(pub(super) L, pub(super) R);

/// The opposite.
#[derive(Debug, Clone, Copy)]
pub struct Not<P>(pub(super) P);

impl<L: Predicate, R: Predicate> Predicate for And<L, R> {
    fn admits(&self, notice: &Notice) -> bool {
        self.0.admits(notice) && self.1.admits(notice)
    }
}

impl<L: Predicate, R: Predicate> Predicate for Or<L, R> {
    fn admits(&self, notice: &Notice) -> bool {
        self.0.admits(notice) || self.1.admits(notice)
    }
}

impl<P: Predicate> Predicate for Not<P> {
    fn admits(&self, notice: &Notice) -> bool {
        !self.0.admits(notice)
    }
}
