//! What can go wrong on a connection to a container.

use std::time::Duration;

use crate::error::Error;
use crate::error::ErrorKind;
use crate::transport::Reason;

#[derive(Debug, thiserror::Error)]
pub(super) enum StreamingError {
    #[error(
        "the server answered HTTP {status} and did not switch to WebSocket: a proxy in between may not let it"
    )]
    NotSwitched { status: u16 },
    #[error("the server switched to a WebSocket that was not asked for (`{header}` is wrong)")]
    Handshake { header: &'static str },
    #[error(
        "the server chose the protocol `{chosen}`, which was not offered; a server of Kubernetes 1.31 or later knows {offered}"
    )]
    Protocol { chosen: String, offered: String },
    #[error("lost the connection to the container")]
    Lost { source: Reason },
    #[error("lost the connection to the container: nothing came for {} s", .0.as_secs())]
    Silent(Duration),
    #[error("the server sent what the protocol does not know: {0}")]
    Unknown(&'static str),
    #[error("the server ended the connection with code {code}: {reason}")]
    Closed { code: u16, reason: String },
    #[error("the connection ended before the process did: how it ends is not known")]
    NoStatus,
    #[error("the server told in no known form how the process ended: {told}")]
    Status { told: String },
    #[error(
        "the process has more than {limit} bytes of output: read it as it comes, or allow more"
    )]
    TooMuch { limit: usize },
    #[error("it was told before how the process ended")]
    Told,
}

impl From<StreamingError> for Error {
    fn from(error: StreamingError) -> Self {
        let kind = match &error {
            StreamingError::NotSwitched { .. } => ErrorKind::Refused,
            StreamingError::Handshake { .. }
            | StreamingError::Protocol { .. }
            | StreamingError::Unknown(_)
            | StreamingError::Status { .. } => ErrorKind::Decode,
            StreamingError::Lost { .. }
            | StreamingError::Silent(_)
            | StreamingError::Closed { .. }
            | StreamingError::NoStatus => ErrorKind::Connection,
            StreamingError::TooMuch { .. } => ErrorKind::TooLarge,
            StreamingError::Told => ErrorKind::Input,
        };
        Self::new(kind, error)
    }
}
