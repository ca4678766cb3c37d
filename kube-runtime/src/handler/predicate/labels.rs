//! Whether an object has, or had, certain labels.

use kube_core::selector::LabelSelector;

use super::Predicate;
use crate::flow::Notice;

/// Objects that a selector selects; also those that it selected before they changed.
#[derive(Debug, Clone)]
pub struct Labels(LabelSelector);

impl Labels {
    /// Objects with these labels.
    #[must_use]
    pub fn new(selector: LabelSelector) -> Self {
        Self(selector)
    }
}

impl Predicate for Labels {
    fn admits(&self, notice: &Notice) -> bool {
        notice.states().any(|state| self.0.matches(&state.labels()))
    }
}
