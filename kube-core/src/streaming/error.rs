//! What can go wrong on a connection to a container.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::error::ErrorKind;
use crate::transport::error::Reason;

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
    #[error("lost the tunnel to the Pod: open another")]
    Tunnel { source: Arc<Self> },
    #[error("the tunnel to the Pod has ended: open another")]
    TunnelEnded,
    #[error("the Pod's node did not open a connection within {} s", .0.as_secs())]
    NotOpened(Duration),
    #[error(
        "{0} connections are open, as many as the limits allow: close some, allow more, or open another tunnel"
    )]
    Connections(usize),
    #[error("the Pod's node gave up the connection")]
    Reset,
    #[error("the Pod's node could not connect to it: {told}")]
    Port { told: String },
    #[error("failed to read or write `{}` here", path.display())]
    Local { path: PathBuf, source: io::Error },
    #[error("failed to send the files")]
    Sent { source: io::Error },
    #[error("the archive that the container sent cannot be read")]
    Received { source: io::Error },
    #[error(
        "the container sent `{path}`, which is no part of what was asked for: nothing more was copied, do not trust it"
    )]
    Outside { path: String },
    #[error("`tar` ended with exit code {code} in the container: {told}")]
    Tar { code: i32, told: String },
    #[error(
        "the server speaks `v4.channel.k8s.io`, which cannot tell `tar` that its input has ended: Kubernetes 1.31 or later can"
    )]
    HalfClose,
    #[error("it was told before how the process ended")]
    Told,
}

impl From<StreamingError> for Error {
    fn from(error: StreamingError) -> Self {
        let kind = match &error {
            StreamingError::NotSwitched { .. }
            | StreamingError::Port { .. }
            | StreamingError::HalfClose
            | StreamingError::Tar { .. } => ErrorKind::Refused,
            StreamingError::Handshake { .. }
            | StreamingError::Protocol { .. }
            | StreamingError::Unknown(_)
            | StreamingError::Received { .. }
            | StreamingError::Outside { .. }
            | StreamingError::Status { .. } => ErrorKind::Decode,
            StreamingError::Lost { .. }
            | StreamingError::Silent(_)
            | StreamingError::Closed { .. }
            | StreamingError::Tunnel { .. }
            | StreamingError::TunnelEnded
            | StreamingError::Reset
            | StreamingError::Sent { .. }
            | StreamingError::NoStatus => ErrorKind::Connection,
            StreamingError::NotOpened(_) => ErrorKind::Timeout,
            StreamingError::TooMuch { .. } => ErrorKind::TooLarge,
            StreamingError::Local { .. }
            | StreamingError::Told
            | StreamingError::Connections(_) => ErrorKind::Input,
        };
        Self::new(kind, error)
    }
}
