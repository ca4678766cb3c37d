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
pub struct Action(Next);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Next {
    #[default]
    Done,
    Wait,
    After(Duration),
    Retry,
}

impl Action {
    /// Nothing until something changes.
    pub const fn done() -> Self {
        Self(Next::Done)
    }

    /// Nothing until something changes, and then the rest: a cleanup that waits for something else to go says this, and keeps its finalizer.
    pub const fn wait() -> Self {
        Self(Next::Wait)
    }

    /// Again after `delay`, or earlier when something changes. A cleanup that is not finished says this, and keeps its finalizer.
    pub const fn after(delay: Duration) -> Self {
        Self(Next::After(delay))
    }

    /// Again with the growing delay of a failure, which changes do not shorten, although nothing failed: something that tells nobody when it
    /// is there is not there yet. It replaces all timers. A cleanup that says this keeps its finalizer.
    pub const fn retry() -> Self {
        Self(Next::Retry)
    }

    /// Whether a cleanup that ends so has nothing more to do.
    #[must_use]
    pub const fn is_done(self) -> bool {
        matches!(self.0, Next::Done)
    }

    /// How long until it is to run again by itself.
    #[must_use]
    pub const fn delay(self) -> Option<Duration> {
        match self.0 {
            Next::After(delay) => Some(delay),
            Next::Done | Next::Wait | Next::Retry => None,
        }
    }

    /// Whether it is to run again as after a failure.
    #[must_use]
    pub const fn is_retry(self) -> bool {
        matches!(self.0, Next::Retry)
    }
}
