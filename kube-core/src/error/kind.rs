//! The sorts of failure: a `Status` in, an [`ErrorKind`] out.

use crate::status::Status;

/// What sort of failure an [`Error`](super::Error) is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// 400: the server could not make sense of the request.
    BadRequest,
    /// 401: the server does not know the caller.
    Unauthorized,
    /// 403: the caller may not do this.
    Forbidden,
    /// 404: no such object, or no such resource.
    NotFound,
    /// 405: the resource has no such verb.
    MethodNotAllowed,
    /// 406: the server cannot answer in an accepted format.
    NotAcceptable,
    /// 409: somebody else changed the object, or owns the field.
    Conflict,
    /// 409: there is an object of that name.
    AlreadyExists,
    /// 410: the revision that was asked for is too old.
    Gone,
    /// 413, or an answer of ours that is over a limit.
    TooLarge,
    /// 415: the server does not read what was sent.
    UnsupportedMediaType,
    /// 422: the object breaks a rule of its kind.
    Invalid,
    /// 429: too many requests.
    TooManyRequests,
    /// 500, 502 and other codes from 500 on.
    Internal,
    /// 503: the server cannot serve now.
    Unavailable,
    /// 504, or nobody answered in time.
    Timeout,
    /// Any other answer that is no success; redirects among them, which are never followed.
    Refused,
    /// What the caller gave is wrong; no request left.
    Input,
    /// A kubeconfig, or what it refers to, cannot be used.
    Config,
    /// Credentials could not be had.
    Auth,
    /// No connection could be made: the request surely had no effect.
    Connect,
    /// The connection broke.
    Connection,
    /// The answer makes no sense.
    Decode,
}

impl ErrorKind {
    /// By the reason; if that says nothing, by the code.
    pub(crate) fn of(status: &Status) -> Self {
        match status.reason.as_str() {
            "BadRequest" => Self::BadRequest,
            "Unauthorized" => Self::Unauthorized,
            "Forbidden" => Self::Forbidden,
            "NotFound" => Self::NotFound,
            "MethodNotAllowed" => Self::MethodNotAllowed,
            "NotAcceptable" => Self::NotAcceptable,
            "Conflict" => Self::Conflict,
            "AlreadyExists" => Self::AlreadyExists,
            "Gone" | "Expired" => Self::Gone,
            "RequestEntityTooLarge" => Self::TooLarge,
            "UnsupportedMediaType" => Self::UnsupportedMediaType,
            "Invalid" => Self::Invalid,
            "TooManyRequests" => Self::TooManyRequests,
            "InternalError" => Self::Internal,
            "ServiceUnavailable" => Self::Unavailable,
            "Timeout" | "ServerTimeout" => Self::Timeout,
            _ => Self::of_code(status.code),
        }
    }

    pub(super) fn of_code(code: u16) -> Self {
        match code {
            400 => Self::BadRequest,
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            406 => Self::NotAcceptable,
            409 => Self::Conflict,
            410 => Self::Gone,
            413 => Self::TooLarge,
            415 => Self::UnsupportedMediaType,
            422 => Self::Invalid,
            429 => Self::TooManyRequests,
            503 => Self::Unavailable,
            504 => Self::Timeout,
            500..=599 => Self::Internal,
            _ => Self::Refused,
        }
    }

    /// Whether it passes by itself.
    pub(crate) fn is_transient(self) -> bool {
        matches!(
            self,
            Self::TooManyRequests
                | Self::Internal
                | Self::Unavailable
                | Self::Timeout
                | Self::Connect
                | Self::Connection
        )
    }
}
