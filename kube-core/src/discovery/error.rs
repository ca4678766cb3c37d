//! Why a word means no kind.

use crate::error::{Error, ErrorKind};

/// A word, or an answer, that discovery can make nothing of.
#[derive(Debug, thiserror::Error)]
pub(super) enum DiscoveryError {
    #[error("`{word}` may mean {}: name the group as well", list(candidates))]
    Ambiguous { word: String, candidates: Vec<String> },
    #[error(
        "failed to find the kind `{word}`: {server} does not serve it; check the spelling, or install its CRD{}",
        unasked(unknown)
    )]
    Unknown { word: String, server: String, unknown: Vec<String> },
    #[error(
        "failed to read the answer of `{path}`: it tells no kinds; check that the address is a Kubernetes API server"
    )]
    Answer { path: &'static str },
}

impl DiscoveryError {
    pub(super) fn unknown(word: &str) -> Self {
        Self::Unknown { word: word.to_owned(), server: String::new(), unknown: Vec::new() }
    }

    /// Says who was asked, and which groups could not be.
    pub(super) fn of(self, server: String, unknown: Vec<String>) -> Self {
        match self {
            Self::Unknown { word, .. } => Self::Unknown { word, server, unknown },
            other => other,
        }
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
}

fn unasked(groups: &[String]) -> String {
    if groups.is_empty() {
        return String::new();
    }
    format!("; these groups could not be asked: {}", groups.join(", "))
}

impl From<DiscoveryError> for Error {
    fn from(error: DiscoveryError) -> Self {
        let kind = match &error {
            DiscoveryError::Ambiguous { .. } => ErrorKind::Input,
            DiscoveryError::Unknown { .. } => ErrorKind::NotFound,
            DiscoveryError::Answer { .. } => ErrorKind::Decode,
        };
        Self::new(kind, error)
    }
}
