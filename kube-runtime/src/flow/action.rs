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
    unfinished: bool,
}

impl Action {
    /// Nothing until something changes.
    pub const fn done() -> Self {
        Self { delay: None, unfinished: false }
    }

    /// Nothing until something changes, and then the rest: a cleanup that waits for something else to go says this, and keeps its finalizer.
    pub const fn wait() -> Self {
        Self { delay: None, unfinished: true }
    }

    /// Again after `delay`, or earlier when something changes. A cleanup that is not finished says this, and keeps its finalizer.
    pub const fn after(delay: Duration) -> Self {
        Self { delay: Some(delay), unfinished: true }
    }

    /// Whether a cleanup that ends so has nothing more to do.
    #[must_use]
    pub const fn is_done(self) -> bool {
        !self.unfinished
    }

    /// How long until it is to run again by itself.
    #[must_use]
    pub const fn delay(self) -> Option<Duration> {
        self.delay
    }
}
