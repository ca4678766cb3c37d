//! An error of a list or a watch in; what it means for the reflector out.

use std::time::Duration;

use kube_core::{Error, ErrorKind, Status};

/// Why a request or a stream failed, as far as it matters for what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// 410: the version, or the continue token, is too old.
    Gone,
    /// The version is newer than what this server has.
    TooLarge,
    /// The server is busy.
    Busy {
        /// It asked for this much time.
        retry_after: Option<Duration>,
    },
    /// The server does not take the request as it is.
    Refused,
    /// There was no connection to ask by.
    Unreachable,
    /// Anything else: a connection that was lost, no permission, a server error.
    Other {
        /// It asked for this much time.
        retry_after: Option<Duration>,
    },
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let retry_after = error.retry_after();
        let code = error.status().map(|status| status.code);
        if error.is_gone() {
            Self::Gone
        } else if error.is_resource_version_too_large() {
            Self::TooLarge
        } else if error.is_too_many_requests() {
            Self::Busy { retry_after }
        } else if error.is_invalid() || matches!(code, Some(400 | 405 | 406 | 415 | 422)) {
            Self::Refused
        } else if error.kind() == ErrorKind::Connect {
            Self::Unreachable
        } else {
            Self::Other { retry_after }
        }
    }
}

impl From<&Status> for Failure {
    fn from(status: &Status) -> Self {
        Self::from(&Error::from_status(status.clone(), "failed to watch"))
    }
}
