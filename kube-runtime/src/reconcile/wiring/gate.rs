//! Which changes lead to a reconcile: a notice in, whether it does out.

use std::fmt;
use std::sync::Arc;

use crate::flow::Notice;
use crate::handler::Condition;
use crate::indexer::Store;
use crate::reconcile::plan::function_name;

type Holds = Arc<dyn Fn(&Notice, &Store) -> bool + Send + Sync>;

/// Lets everything through, or what a user's condition admits.
#[derive(Clone, Default)]
pub(crate) struct Gate(Option<Named>);

/// A condition, and what it is called.
#[derive(Clone)]
struct Named {
    holds: Holds,
    name: &'static str,
}

impl Gate {
    pub(crate) fn of<K, Form>(condition: impl Condition<K, Form>) -> Self {
        let name = function_name(&condition).unwrap_or("a condition");
        let holds = Arc::new(move |notice: &Notice, store: &Store| condition.holds(notice, store));
        Self(Some(Named { holds, name }))
    }

    pub(crate) fn admits(&self, notice: &Notice, store: &Store) -> bool {
        self.0.as_ref().is_none_or(|named| (named.holds)(notice, store))
    }

    /// What the condition is called, if there is one.
    pub(crate) fn name(&self) -> Option<&'static str> {
        self.0.as_ref().map(|named| named.name)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name().unwrap_or("everything"))
    }
}
