//! Who counts requests: each that was sent, and what came of it, in; nothing out.

use std::time::Duration;

use crate::request::Method;
use crate::request::Verb;

/// Hears of every request that a client sends, also of those that are repeated.
///
/// It is called when the head of the answer is there, or when it is certain that none comes. Of a request that was given up, as by dropping
/// its future, it does not hear.
#[diagnostic::on_unimplemented(message = "`{Self}` does not implement `AttemptObserver`")]
pub trait AttemptObserver: Send + Sync {
    /// A request was sent. It runs on the task of whoever asked, so it does not wait.
    fn attempted(&self, attempt: &Attempt<'_>);

    /// The whole answer to a request that is answered in one piece was read: so many bytes, uncompressed.
    fn read(&self, attempt: &Attempt<'_>, bytes: usize) {
        let _ = (attempt, bytes);
    }

    /// A request waited for so long because the client is [`limited`](crate::Client::limited).
    fn waited(&self, wait: Duration) {
        let _ = wait;
    }
}

/// One request that was sent.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Attempt<'client> {
    /// Its method.
    pub method: Method,
    /// What it means.
    pub verb: Verb,
    /// How often the same request was sent before.
    pub repeats: u32,
    /// How many bytes its body has.
    pub sent: usize,
    /// Host and port of the server; empty if the transport has no such thing.
    pub host: &'client str,
    /// The status of the answer; none if there was no answer.
    pub status: Option<u16>,
    /// How long it took until the head of the answer was there; for [`AttemptObserver::read`], until all of it was.
    pub took: Duration,
}
