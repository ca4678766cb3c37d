//! The changes of a kind that was just declared: a condition in, the gate of its trigger set.

use std::fmt;
use std::marker::PhantomData;

use super::Gate;
use crate::handler::Condition;

/// The changes of a kind that was just declared with `owns` or `watches`: all of them lead to a reconcile, unless a predicate is given.
pub struct Changes<'wiring, T> {
    gate: &'wiring mut Gate,
    kind: PhantomData<fn(&T)>,
}

impl<'wiring, T> Changes<'wiring, T> {
    pub(super) fn new(gate: &'wiring mut Gate) -> Self {
        Self { gate, kind: PhantomData }
    }

    /// Only those changes that this admits. An object is in the cache in any case: to keep it out, narrow the informer.
    pub fn predicate<Form>(self, condition: impl Condition<T, Form>) {
        *self.gate = Gate::of(condition);
    }
}

impl<T> fmt::Debug for Changes<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Changes").field(&self.gate).finish()
    }
}
