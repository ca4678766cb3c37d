//! What a reconcile came to, and what that means for its key.

use std::any::Any;
use std::time::Duration;

use crate::error::Error;
use crate::error::Failure;
use crate::flow::Action;

/// How a reconcile ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Well: the key comes again when something changes, or after this time.
    Done(Option<Duration>),
    /// Neither well nor badly: the key comes again as after a failure.
    Retry,
    /// There was nothing to do: the object is gone, or none of this controller's business any more.
    Nothing,
    /// Not well.
    Failed(Error, Failure),
}

impl Outcome {
    /// Of a function that returned this action, and set a timer.
    pub(crate) fn of(action: Action, timer: Option<Duration>) -> Self {
        match action.is_retry() {
            true => Self::Retry,
            false => Self::Done(action.delay().into_iter().chain(timer).min()),
        }
    }

    pub(crate) fn failed(error: Error) -> Self {
        let failure = Failure::of(&error);
        Self::Failed(error, failure)
    }
}

/// A reconcile function panicked.
#[derive(Debug, thiserror::Error)]
#[error("the reconcile panicked: {message}")]
pub(crate) struct Panicked {
    message: String,
}

impl Panicked {
    pub(crate) fn new(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        Self { message: text.unwrap_or_else(|| "with a value that is no text".to_owned()) }
    }
}

/// A reconcile took longer than its controller allows.
#[derive(Debug, thiserror::Error)]
#[error("the reconcile did not end within {}s and was dropped", .0.as_secs_f64())]
pub(crate) struct TimedOut(pub(crate) Duration);
