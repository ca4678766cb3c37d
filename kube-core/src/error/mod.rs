//! What can go wrong, as one opaque [`Error`] that answers questions.
//!
//! Promises:
//! - It is one word wide.
//! - `Display` says what was tried on what, never what `source()` says.
//! - It never holds a request's or an object's content.

mod kind;

pub use kind::ErrorKind;

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use crate::status::Answer;
use crate::status::Status;

/// The result of everything that talks to a server.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn StdError + Send + Sync + 'static>;

/// Something that was tried and failed.
///
/// Its text says what was tried; the reasons are its sources. Whoever logs prints the chain:
///
/// ```
/// # use kube_core::{Error, ErrorKind, Status};
/// let status = Status::failure(404, "NotFound", r#"pods "web" not found"#);
/// let error = Error::from_status(status, "failed to get pods `web` in namespace `prod`");
/// assert!(error.is_not_found());
/// assert_eq!(error.kind(), ErrorKind::NotFound);
/// assert_eq!(error.to_string(), "failed to get pods `web` in namespace `prod`");
/// assert_eq!(error.chain(), r#"failed to get pods `web` in namespace `prod`: pods "web" not found"#);
/// ```
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: ErrorKind,
    cause: Cause,
    retry_after: Option<Duration>,
    outcome_unknown: bool,
}

enum Cause {
    /// The text of this error is the source's own.
    Source(Source),
    /// The server's account, under what was tried.
    Status { tried: String, status: Box<Status> },
    /// Another error of ours, under what was tried.
    Context { tried: String, error: Error },
}

impl Error {
    /// An error of this kind; its text is the source's text, its source the source's source.
    #[must_use]
    pub fn new(kind: ErrorKind, source: impl Into<Source>) -> Self {
        Self::from_cause(kind, Cause::Source(source.into()))
    }

    /// The server refused: what it said, and what was tried ("failed to get pods `web`").
    #[must_use]
    pub fn from_status(status: Status, tried: impl Into<String>) -> Self {
        let retry_after = match status.details.retry_after_seconds {
            0 => None,
            seconds => Some(Duration::from_secs(seconds)),
        };
        let mut error = Self::from_cause(
            ErrorKind::of(&status),
            Cause::Status { tried: tried.into(), status: Box::new(status) },
        );
        error.inner.retry_after = retry_after;
        error
    }

    /// The server refused, perhaps without a `Status`: what came, and what was tried.
    #[must_use]
    pub fn from_answer(answer: Answer<'_>, tried: impl Into<String>) -> Self {
        Self::from_status(answer.into_status(), tried)
    }

    /// Says what was being tried when this happened; what is known about it stays.
    #[must_use]
    pub fn context(self, tried: impl Into<String>) -> Self {
        Self {
            inner: Box::new(Inner {
                kind: self.inner.kind,
                retry_after: self.inner.retry_after,
                outcome_unknown: self.inner.outcome_unknown,
                cause: Cause::Context { tried: tried.into(), error: self },
            }),
        }
    }

    /// Marks a write whose answer was lost: it may have happened.
    #[must_use]
    pub fn with_unknown_outcome(mut self) -> Self {
        self.inner.outcome_unknown = true;
        self
    }

    /// How long to wait before the same is tried again.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.inner.retry_after = Some(wait);
        self
    }

    fn from_cause(kind: ErrorKind, cause: Cause) -> Self {
        Self { inner: Box::new(Inner { kind, cause, retry_after: None, outcome_unknown: false }) }
    }
}

/// Questions.
impl Error {
    /// What sort of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// The server's own account, if this is the server's refusal.
    #[must_use]
    pub fn status(&self) -> Option<&Status> {
        match &self.inner.cause {
            Cause::Source(_) => None,
            Cause::Status { status, .. } => Some(status.as_ref()),
            Cause::Context { error, .. } => error.status(),
        }
    }

    /// There is no such object, or no such resource.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// Somebody else changed the object, or owns the field.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.kind() == ErrorKind::Conflict
    }

    /// There is an object of that name.
    #[must_use]
    pub fn is_already_exists(&self) -> bool {
        self.kind() == ErrorKind::AlreadyExists
    }

    /// The revision that was asked for is too old (410, `Expired`): list again.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.kind() == ErrorKind::Gone
    }

    /// The caller may not do this.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.kind() == ErrorKind::Forbidden
    }

    /// The server does not know the caller.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.kind() == ErrorKind::Unauthorized
    }

    /// The object breaks a rule of its kind.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.kind() == ErrorKind::Invalid
    }

    /// The server asks for fewer requests.
    #[must_use]
    pub fn is_too_many_requests(&self) -> bool {
        self.kind() == ErrorKind::TooManyRequests
    }

    /// Nobody answered in time.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// The server has not seen the revision that was asked for yet.
    #[must_use]
    pub fn is_resource_version_too_large(&self) -> bool {
        self.status().is_some_and(|status| {
            // Servers before 1.17 say it in the message only.
            status.has_cause("ResourceVersionTooLarge")
                || (status.code == 504 && status.message.contains("Too large resource version"))
        })
    }

    /// It was a write and its answer was lost, or cannot be read: it may have happened.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        self.inner.outcome_unknown
    }

    /// The very same request may succeed later, with nothing changed by us.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.inner.retry_after.is_some() || self.kind().is_transient()
    }

    /// How long the server asks to wait. Any length: the caller caps it.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// The whole story on one line: this and its sources, joined by `: `.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut story = self.to_string();
        let mut next = self.source();
        while let Some(source) = next {
            story.push_str(": ");
            story.push_str(&source.to_string());
            next = source.source();
        }
        story
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner.cause {
            Cause::Source(source) => source.fmt(f),
            Cause::Status { tried, .. } | Cause::Context { tried, .. } => f.write_str(tried),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.inner.cause {
            Cause::Source(source) => source.source(),
            Cause::Status { status, .. } => Some(status.as_ref()),
            Cause::Context { error, .. } => Some(error),
        }
    }
}

/// Kind and chain; the same text that is logged, so that a test's `unwrap` reads well.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {})", self.kind(), self.chain())
    }
}

/// What cannot fail fits where an [`Error`] is expected (`TryInto` of a value that is already right).
impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

#[cfg(test)]
mod tests;
