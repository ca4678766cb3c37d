//! Why there is no document.

use crate::error::{Error, ErrorKind};

/// A document that is not there, or is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenApiError {
    #[error(
        "failed to find the OpenAPI document of `{named}`: {server} has none; name a group and a version that it serves, as `apps/v1`"
    )]
    Unknown { named: String, server: String },
    #[error(
        "failed to find the schema of {kind}: the OpenAPI document of `{named}` has none of that kind"
    )]
    Kind { kind: String, named: String },
    #[error("the answer is no {what}; check that the address is a Kubernetes API server")]
    Answer { what: &'static str },
}

impl From<OpenApiError> for Error {
    fn from(error: OpenApiError) -> Self {
        let kind = match &error {
            OpenApiError::Unknown { .. } | OpenApiError::Kind { .. } => ErrorKind::NotFound,
            OpenApiError::Answer { .. } => ErrorKind::Decode,
        };
        Self::new(kind, error)
    }
}
