//! What a reconcile wants next: the value it ends with.

use std::time::Duration;

/// What is to happen after a reconcile that succeeded. A failure is an `Err`: it is retried with growing delay.
///
/// ```
/// use std::time::Duration;
/// use kube_runtime::flow::Action;
///
/// assert_eq!(Action::done().delay(), None);
/// assert_eq!(Action::after(Duration::from_secs(60)).delay(), Some(Duration::from_secs(60)));
/// ```
#[must_use]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Action {
    delay: Option<Duration>,
}

impl Action {
    /// Nothing until something changes.
    pub const fn done() -> Self {
        Self { delay: None }
    }

    /// Again after `delay`, or earlier when something changes. A cleanup that is not finished says this, and keeps its finalizer.
    pub const fn after(delay: Duration) -> Self {
        Self { delay: Some(delay) }
    }

    /// How long until it is to run again by itself.
    #[must_use]
    pub const fn delay(self) -> Option<Duration> {
        self.delay
    }
}
