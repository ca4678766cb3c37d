//! Why a template cannot be read, or cannot be filled in.

use crate::error::{Error, ErrorKind};

/// What is wrong with a template.
#[derive(Debug, thiserror::Error)]
pub(super) enum JsonPathError {
    #[error("failed to read the JSONPath `{template}`: {why}")]
    Parse { template: String, why: String },
    #[error("failed to use the JSONPath `{template}`: {why}")]
    Use { template: String, why: String },
}

impl From<JsonPathError> for Error {
    fn from(error: JsonPathError) -> Self {
        Self::new(ErrorKind::Input, error)
    }
}
