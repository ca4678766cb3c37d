//! Who counts requests: each that was sent, and what came of it, in; nothing out.

use std::time::Duration;

use crate::request::Method;

/// Hears of every request that a client sends, also of those that are repeated.
///
/// It is called when the head of the answer is there, or when it is certain that none comes. Of a request that was given up, as by dropping
/// its future, it does not hear.
#[diagnostic::on_unimplemented(message = "`{Self}` does not implement `AttemptObserver`")]
pub trait AttemptObserver: Send + Sync {
    /// A request was sent. It runs on the task of whoever asked, so it does not wait.
    fn attempted(&self, attempt: &Attempt<'_>);
}

/// One request that was sent.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Attempt<'client> {
    /// Its method.
    pub method: Method,
    /// Host and port of the server; empty if the transport has no such thing.
    pub host: &'client str,
    /// The status of the answer; none if there was no answer.
    pub status: Option<u16>,
    /// How long it took until the head of the answer was there.
    pub took: Duration,
}
