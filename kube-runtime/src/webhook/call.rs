//! One question to be answered: the change and all that the function's arguments are made from.

use std::fmt;
use std::sync::Arc;

use kube_core::Client;

use super::change::Change;
use crate::reconcile::States;
use crate::reconcile::listers::Listers;

/// What all calls of one webhook share.
#[derive(Debug)]
pub(crate) struct Around {
    pub(crate) client: Client,
    pub(crate) listers: Listers,
    pub(crate) states: States,
}

/// What an [`Argument`](super::Argument) is taken from.
pub struct Call<K> {
    change: Change<K>,
    around: Arc<Around>,
}

impl<K> Call<K> {
    pub(super) fn new(change: Change<K>, around: Arc<Around>) -> Self {
        Self { change, around }
    }

    /// What is asked for.
    #[must_use]
    pub fn change(&self) -> &Change<K> {
        &self.change
    }

    pub(super) fn around(&self) -> &Around {
        &self.around
    }
}

impl<K> fmt::Debug for Call<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Call").field("change", &self.change).finish_non_exhaustive()
    }
}
