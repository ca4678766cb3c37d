//! Why a patch could not be applied, with the API server's code and words.

use std::fmt;

/// Why a patch could not be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PatchError {
    /// The HTTP status.
    pub code: u16,
    /// The reason in the `Status`; empty: none.
    pub reason: &'static str,
    /// The message in the `Status`.
    pub message: String,
}

impl PatchError {
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self { code: 400, reason: "BadRequest", message: message.into() }
    }

    /// The API server says no more than this of a patch that does not fit the object.
    pub(super) fn rejected() -> Self {
        let message = "the server rejected our request due to an error in our request";
        Self { code: 422, reason: "Invalid", message: message.into() }
    }

    pub(super) fn too_large(message: impl Into<String>) -> Self {
        Self { code: 413, reason: "RequestEntityTooLarge", message: message.into() }
    }

    /// A plain error, which the API server answers with 500 and no reason.
    pub(super) fn plain(message: impl Into<String>) -> Self {
        Self { code: 500, reason: "", message: message.into() }
    }
}

impl fmt::Display for PatchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for PatchError {}
