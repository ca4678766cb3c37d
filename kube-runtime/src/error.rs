//! What a reconcile fails with, and what that means for its key: an error in, a [`Failure`] out.
//!
//! # Your own error
//!
//! A reconcile function may return any error type. Requests ([`Cx`](crate::reconcile::Cx), `Client`) and reads of the cache
//! ([`Lister`](crate::indexer::Lister)) fail with one type, [`kube_core::Error`], so one variant takes them all with `?`. Whatever stands around
//! them, a conflict, something that is not there, the server's `Retry-After` and [`Terminal`] are recognised in the chain of sources.
//!
//! ```
//! use k8s_openapi::api::core::v1::ConfigMap;
//! use kube_runtime::controller::Controller;
//! use kube_runtime::core::Status;
//! use kube_runtime::error::Failure;
//! use kube_runtime::prelude::{Action, Cx, Lister, Object, ResourceExt, Terminal};
//!
//! #[derive(Debug, thiserror::Error)]
//! enum MirrorError {
//!     #[error("the cluster did not do it")]
//!     Cluster(#[from] kube_runtime::core::Error),
//!     #[error("the port is no number")]
//!     Port(#[from] std::num::ParseIntError),
//!     #[error("the mirror is switched off")]
//!     Off(#[source] Terminal),
//! }
//!
//! async fn mirror(map: Object<ConfigMap>, all: Lister<ConfigMap>, cx: Cx<ConfigMap>) -> Result<Action, MirrorError> {
//!     let Some(settings) = all.get(map.namespace(), "settings")? else { return Ok(Action::done()) };
//!     let data = settings.data.clone().unwrap_or_default();
//!     let port = data.get("port").map_or(Ok(80), |port| port.parse::<u16>())?;
//!     if port == 0 {
//!         return Err(MirrorError::Off(Terminal::because("port 0")));
//!     }
//!     cx.apply(ConfigMap { data: Some(data), ..ConfigMap::default() }).await?;
//!     Ok(Action::done())
//! }
//!
//! let controller = Controller::of("mirror", mirror);
//! # assert_eq!(controller.name(), "mirror");
//!
//! let refused = |code, reason| MirrorError::from(kube_runtime::core::Error::from_status(Status::failure(code, reason, "no"), "failed to apply"));
//! assert_eq!(Failure::of(&refused(409, "Conflict").into()), Failure::Conflict);
//! assert_eq!(Failure::of(&refused(404, "NotFound").into()), Failure::NotFound);
//! assert_eq!(Failure::of(&MirrorError::Off(Terminal::because("port 0")).into()), Failure::Terminal);
//! ```

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use kube_core::ErrorKind;
use kube_core::Status;

pub use anyhow::Error;

/// The result of a reconcile function, and of whatever it calls. Every error type works with `?`.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure that trying again does not cure: the key waits for its object to change.
///
/// It is recognised anywhere in an error's chain of sources.
///
/// ```
/// use kube_runtime::error::{Failure, Result, Terminal};
///
/// fn port(text: &str) -> Result<u16> {
///     Ok(text.parse().map_err(Terminal::new)?)
/// }
///
/// let error = port("http").unwrap_err();
/// assert_eq!(Failure::of(&error), Failure::Terminal);
/// ```
#[derive(Debug)]
pub struct Terminal {
    reason: Reason,
}

impl Terminal {
    /// Makes a failure final.
    #[must_use]
    pub fn new(reason: impl Into<Error>) -> Self {
        Self { reason: Reason(reason.into()) }
    }

    /// A failure that a sentence explains.
    #[must_use]
    pub fn because(reason: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Self { reason: Reason(Error::msg(reason)) }
    }
}

impl fmt::Display for Terminal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not tried again until the object changes")
    }
}

impl StdError for Terminal {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.reason)
    }
}

/// Stands below [`Terminal`], because an error that is transparent to its source hides the source itself, but not what is below that.
#[derive(Debug)]
struct Reason(Error);

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl StdError for Reason {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

/// What a failed reconcile means for its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// Not tried again until something changes.
    Terminal,
    /// Somebody else wrote first: tried again as usual, and nothing to worry about.
    Conflict,
    /// Something that was asked for is not there: tried again as usual.
    NotFound,
    /// The server said when to come back: not before that.
    NotBefore(Duration),
    /// Anything else: tried again with growing delay.
    Other,
}

impl Failure {
    /// Looks through the whole chain of sources; what is final wins over everything else.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        let mut failure = Self::Other;
        for cause in error.chain() {
            if cause.is::<Terminal>() || cause.is::<Reason>() {
                return Self::Terminal;
            }
            if failure == Self::Other {
                failure = Self::of_cause(cause);
            }
        }
        failure
    }

    fn of_cause(cause: &(dyn StdError + 'static)) -> Self {
        if let Some(error) = cause.downcast_ref::<kube_core::Error>() {
            return Self::of_server(error);
        }
        // Below an error that is transparent to ours only the server's own account is left.
        match cause.downcast_ref::<Status>() {
            Some(status) => Self::of_server(&kube_core::Error::from_status(status.clone(), "")),
            None => Self::Other,
        }
    }

    fn of_server(error: &kube_core::Error) -> Self {
        if let Some(wait) = error.retry_after() {
            return Self::NotBefore(wait);
        }
        match error.kind() {
            ErrorKind::Conflict => Self::Conflict,
            ErrorKind::NotFound => Self::NotFound,
            _ => Self::Other,
        }
    }
}

/// The whole story on one line: the error and its sources, joined by `: `; a source that its error already quotes is not repeated.
#[must_use]
pub fn chain(error: &Error) -> String {
    causes(error).collect::<Vec<_>>().join(": ").replace('\n', " ")
}

/// The error and its sources one by one, without those that are quoted already.
pub(crate) fn causes(error: &Error) -> impl Iterator<Item = String> {
    let mut story = String::new();
    error.chain().map(ToString::to_string).filter(move |text| {
        if !story.is_empty() && story.ends_with(text.as_str()) {
            return false;
        }
        if !story.is_empty() {
            story.push_str(": ");
        }
        story.push_str(text);
        true
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Mine {
        #[error("failed to sync the bucket")]
        Wrapped(#[source] kube_core::Error),
        #[error(transparent)]
        Transparent(kube_core::Error),
        #[error(transparent)]
        Final(Terminal),
    }

    fn refused(code: u16, reason: &str) -> kube_core::Error {
        kube_core::Error::from_status(Status::failure(code, reason, "no"), "failed to try")
    }

    #[test]
    fn conflict_not_found_retry_after_and_terminal_are_recognised_anywhere_in_the_chain() {
        let rows: [(Error, Failure); 8] = [
            (refused(409, "Conflict").into(), Failure::Conflict),
            (Mine::Wrapped(refused(404, "NotFound")).into(), Failure::NotFound),
            (Mine::Transparent(refused(409, "Conflict")).into(), Failure::Conflict),
            (Error::from(refused(409, "Conflict")).context("while scaling"), Failure::Conflict),
            (
                Mine::Wrapped(
                    refused(429, "TooManyRequests").with_retry_after(Duration::from_secs(7)),
                )
                .into(),
                Failure::NotBefore(Duration::from_secs(7)),
            ),
            (Mine::Final(Terminal::because("no such region")).into(), Failure::Terminal),
            (
                Error::from(Terminal::new(refused(409, "Conflict"))).context("while scaling"),
                Failure::Terminal,
            ),
            (Error::msg("odd"), Failure::Other),
        ];
        for (error, expected) in rows {
            assert_eq!(Failure::of(&error), expected, "{error:#}");
        }
    }

    #[test]
    fn a_chain_is_one_line_and_repeats_nothing() {
        let error =
            Error::from(Mine::Wrapped(refused(404, "NotFound"))).context("reconcile failed");
        assert_eq!(chain(&error), "reconcile failed: failed to sync the bucket: failed to try: no");
        let terminal = Error::from(Mine::Final(Terminal::because("no such region")));
        assert_eq!(chain(&terminal), "not tried again until the object changes: no such region");
    }
}
