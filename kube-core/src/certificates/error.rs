//! What can go wrong with certificates: one variant a mistake, each says what to do.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, ErrorKind};

#[derive(Debug, thiserror::Error)]
pub(crate) enum CertificateError {
    /// The parser's words are left out: what they quote may be the key.
    #[error(
        "failed to read a private key: it is no PEM of a key that is known here (PKCS #8, as `openssl genpkey` writes it)"
    )]
    Key,
    #[error("failed to make a private key: {reason}")]
    Generate { reason: String },
    #[error("failed to use a certificate: {reason}")]
    Pair { reason: String },
    #[error("failed to make a certificate or a request for one: {reason}")]
    Make { reason: String },
    #[error("the request `{name}` to sign a certificate was denied: {reason}")]
    Denied { name: String, reason: String },
    #[error("the request `{name}` to sign a certificate failed: {reason}")]
    Failed { name: String, reason: String },
    #[error(
        "the request `{name}` to sign a certificate is gone: it was deleted, or is too old; make another"
    )]
    Gone { name: String },
    #[error(
        "the request `{name}` to sign a certificate is there, and asks for something else: choose another name, or delete it"
    )]
    Another { name: String },
    #[error(
        "the request `{name}` to sign a certificate was answered with something that cannot be used"
    )]
    Answer { name: String, source: Error },
    #[error("the request `{name}` to sign a certificate was not answered within {} s: {remedy}", within.as_secs())]
    Waited { name: String, within: Duration, remedy: &'static str },
    #[error("failed to keep a certificate in `{}`: check that the folder exists and may be written", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("failed to read the certificate in `{}`: check that it may be read", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("failed to use the certificate in {place}: remove it, and it is made again")]
    Kept { place: String, source: Error },
}

impl From<CertificateError> for Error {
    fn from(error: CertificateError) -> Self {
        let kind = match &error {
            CertificateError::Key
            | CertificateError::Generate { .. }
            | CertificateError::Make { .. }
            | CertificateError::Another { .. }
            | CertificateError::Pair { .. } => ErrorKind::Input,
            CertificateError::Denied { .. }
            | CertificateError::Failed { .. }
            | CertificateError::Gone { .. } => ErrorKind::Refused,
            CertificateError::Waited { .. } => ErrorKind::Timeout,
            CertificateError::Answer { .. } => ErrorKind::Decode,
            CertificateError::Write { .. }
            | CertificateError::Read { .. }
            | CertificateError::Kept { .. } => ErrorKind::Config,
        };
        Self::new(kind, error)
    }
}

impl From<rcgen::Error> for CertificateError {
    fn from(error: rcgen::Error) -> Self {
        Self::Make { reason: error.to_string() }
    }
}
