//! What can be wrong with credentials before the server sees them.

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};

/// Why a request cannot say who sends it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthError {
    #[error(
        "failed to use the credentials of {owner}: they hold characters that no header can carry; check for line breaks"
    )]
    Characters { owner: String },
    #[error("failed to read the token file `{}` of {owner}: check that it exists and may be read", path.display())]
    Read { owner: String, path: PathBuf, source: std::io::Error },
    #[error("failed to use the token file `{}` of {owner}: {reason}", path.display())]
    TokenFile { owner: String, path: PathBuf, reason: &'static str },
    #[error(
        "failed to say who {owner} acts as or for: `{claim}` holds characters that no header can carry"
    )]
    Caller { owner: String, claim: String },
    #[error("failed to get the credentials of {owner} from the plugin `{command}`: {reason}")]
    Plugin { owner: String, command: String, reason: String },
    #[error("failed to renew the credentials of {owner} with the issuer `{issuer}`: {reason}")]
    Oidc { owner: String, issuer: String, reason: String },
    /// All that waited for the same credentials have the same error.
    #[error(transparent)]
    Shared(Arc<Self>),
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        Self::new(ErrorKind::Auth, error)
    }
}
