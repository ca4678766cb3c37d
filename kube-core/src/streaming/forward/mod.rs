//! Connections to the ports of a Pod: a port in, bytes both ways out; many over one WebSocket.
//!
//! Promises:
//! - What goes wrong with one connection ends that one only.
//! - No more than a buffer of bytes is kept of each connection in each direction. As the protocol has no flow control, one
//!   whose reader is slow makes the others of the same tunnel wait: open another tunnel for what must not.
//!
//! Mirrors: client-go tools/portforward
//! Differs: an error of one connection does not end the others; its text is an error of that connection.

mod listen;
mod ports;
mod run;
mod table;

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::OnceLock;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;

use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::DuplexStream;
use tokio::io::ReadBuf;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::error::StreamingError;
use super::limits::StreamLimits;
use super::websocket;
use crate::client::Client;
use crate::error::Error;
use crate::error::Result;
use crate::request::Request;
use crate::request::Target;

pub use listen::Listening;
pub use ports::PortPair;

/// SPDY inside of WebSocket.
const OFFERED: &[&str] = &["SPDY/3.1+portforward.k8s.io"];
/// As client-go: so long the Pod's node may take to open a connection.
const OPEN_WITHIN: Duration = Duration::from_secs(30);
/// So many connections may wait to be asked for.
const ASKED: usize = 16;

/// A tunnel to the ports of a Pod. Clones share it; it ends with the last clone and the last connection through it.
#[derive(Clone)]
pub struct PortForward {
    tunnel: Arc<Tunnel>,
}

struct Tunnel {
    asked: mpsc::Sender<Asked>,
    failed: String,
    /// Why it ended, once it has.
    ended: Arc<OnceLock<Arc<StreamingError>>>,
    /// Ends the tunnel when it is dropped.
    _task: JoinSet<()>,
}

/// A connection that somebody wants.
struct Asked {
    port: u16,
    opened: oneshot::Sender<Result<Ends, StreamingError>>,
}

/// What the owner of a connection gets.
struct Ends {
    read: DuplexStream,
    write: DuplexStream,
    outcome: watch::Receiver<Option<Outcome>>,
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// In order.
    Fine,
    /// The Pod's node told this.
    Told(Arc<str>),
    /// The Pod's node gave it up.
    Reset,
}

/// A connection to a port of a Pod. Shutting it down tells the Pod that nothing more comes; what it sends can still be
/// read. Dropping it gives up the connection.
///
/// Reading fails if the Pod's node told by then what went wrong, or if the tunnel was lost; the error holds an
/// [`Error`].
pub struct PodConnection {
    read: DuplexStream,
    write: DuplexStream,
    outcome: watch::Receiver<Option<Outcome>>,
    port: u16,
    tunnel: Arc<Tunnel>,
}

/// Opens the tunnel that the request asks for.
pub(crate) async fn open(
    client: &Client,
    target: &Target,
    request: Request,
    limits: StreamLimits,
) -> Result<PortForward> {
    let failed = request.failed();
    let socket = websocket::open(client, target, request, OFFERED, &limits).await?;
    let (asked, wanted) = mpsc::channel(ASKED);
    let ended = Arc::new(OnceLock::new());
    let mut task = JoinSet::new();
    task.spawn(run::run(socket, wanted, limits, Arc::clone(&ended)));
    Ok(PortForward { tunnel: Arc::new(Tunnel { asked, failed, ended, _task: task }) })
}

impl PortForward {
    /// Connects to a port of the Pod. What listens there is asked for by the Pod's node: that it does not is told on the
    /// connection.
    ///
    /// # Errors
    /// The tunnel was lost, the node refused, or did not answer within 30 s; or as many connections are open as the
    /// limits allow.
    ///
    /// # Cancel safety
    /// Dropping the future gives up the connection.
    pub async fn connect(&self, port: u16) -> Result<PodConnection> {
        let (opened, answer) = oneshot::channel();
        let asked = async {
            let lost = || self.tunnel.lost();
            self.tunnel.asked.send(Asked { port, opened }).await.map_err(|_| lost())?;
            match answer.await {
                Ok(ends) => ends.map_err(Error::from),
                Err(_) => Err(lost()),
            }
        };
        let ends = tokio::time::timeout(OPEN_WITHIN, asked).await;
        let ends = ends.unwrap_or_else(|_| Err(StreamingError::NotOpened(OPEN_WITHIN).into()));
        let Ends { read, write, outcome } =
            ends.map_err(|error| error.context(self.tunnel.failed_at(port)))?;
        Ok(PodConnection { read, write, outcome, port, tunnel: Arc::clone(&self.tunnel) })
    }
}

impl Tunnel {
    fn lost(&self) -> Error {
        match self.ended.get() {
            Some(why) => StreamingError::Tunnel { source: Arc::clone(why) }.into(),
            None => StreamingError::TunnelEnded.into(),
        }
    }

    fn failed_at(&self, port: u16) -> String {
        format!("{}: port {port}", self.failed)
    }
}

impl PodConnection {
    /// Waits until the Pod's node says how the connection ended; both sides have ended theirs by then.
    ///
    /// # Errors
    /// What went wrong: nothing listens on the port, or the tunnel was lost.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn ended(&mut self) -> Result<()> {
        let outcome = self.outcome.wait_for(Option::is_some).await.map(|outcome| outcome.clone());
        match outcome {
            Ok(outcome) => self.told(outcome.as_ref()),
            Err(_) => self.told(None),
        }
    }

    /// An error for each end that is none in order; none at all is that of the tunnel.
    fn told(&self, outcome: Option<&Outcome>) -> Result<()> {
        let error = match outcome {
            Some(Outcome::Fine) => return Ok(()),
            Some(Outcome::Told(text)) => StreamingError::Port { told: text.to_string() }.into(),
            Some(Outcome::Reset) => StreamingError::Reset.into(),
            None => self.tunnel.lost(),
        };
        Err(error.context(self.tunnel.failed_at(self.port)))
    }

    /// What reading says at the end of the bytes.
    fn at_end(&self) -> io::Result<()> {
        let outcome = self.outcome.borrow().clone();
        // The sender is there as long as the connection is known to the tunnel.
        if outcome.is_none() && self.outcome.has_changed().is_ok() {
            return Ok(());
        }
        let kind = match &outcome {
            Some(Outcome::Told(_)) => io::ErrorKind::ConnectionRefused,
            _ => io::ErrorKind::ConnectionReset,
        };
        self.told(outcome.as_ref()).map_err(|error| io::Error::new(kind, error))
    }
}

impl AsyncRead for PodConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        std::task::ready!(Pin::new(&mut self.read).poll_read(cx, buffer))?;
        if buffer.filled().len() > before || buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        Poll::Ready(self.at_end())
    }
}

impl AsyncWrite for PodConnection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.write).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.write).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.write).poll_shutdown(cx)
    }
}

impl fmt::Debug for PortForward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortForward")
            .field("lost", &self.tunnel.asked.is_closed())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PodConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PodConnection").field("port", &self.port).finish_non_exhaustive()
    }
}
