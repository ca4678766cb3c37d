//! Which changes lead to a reconcile: a notice in, whether it does out.

use std::fmt;
use std::sync::Arc;

use crate::flow::Notice;
use crate::handler::Condition;
use crate::indexer::Store;

type Holds = Arc<dyn Fn(&Notice, &Store) -> bool + Send + Sync>;

/// Lets everything through, or what a user's condition admits.
#[derive(Clone, Default)]
pub(crate) struct Gate(Option<Holds>);

impl Gate {
    pub(crate) fn of<K, Form>(condition: impl Condition<K, Form>) -> Self {
        Self(Some(Arc::new(move |notice, store| condition.holds(notice, store))))
    }

    pub(crate) fn admits(&self, notice: &Notice, store: &Store) -> bool {
        self.0.as_ref().is_none_or(|holds| holds(notice, store))
    }

    pub(super) fn is_open(&self) -> bool {
        self.0.is_none()
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.is_open() { "everything" } else { "a condition" })
    }
}
