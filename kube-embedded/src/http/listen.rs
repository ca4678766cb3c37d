//! The server on a real port of this machine: connections in, requests to the service, answers back.

use super::body::Body;
use super::service::Service;
use crate::streaming::Conversation;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use parking_lot::Mutex;
use std::any::Any;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// More than the service takes, so that it is the one to refuse.
const LIMIT: usize = 4 << 20;

/// A server that listens, with all its behaviours; it stops when this is dropped.
pub struct Listening {
    address: SocketAddr,
    accepting: Option<JoinHandle<()>>,
    /// What must live as long as the port is open.
    _kept: Arc<dyn Any + Send + Sync>,
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Listening {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base of all paths, as `http://127.0.0.1:34567`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Closes the port and every connection.
    pub async fn stop(mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            // Being aborted is how it ends.
            let _ = accepting.await;
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
        }
    }
}

/// Listens on a loopback address.
///
/// # Errors
/// The address is not of this machine alone, or cannot be had.
#[expect(clippy::disallowed_methods, reason = "the accepting task is owned by Listening")]
pub(crate) async fn listen(
    service: Arc<Service>,
    address: SocketAddr,
    kept: Arc<dyn Any + Send + Sync>,
) -> io::Result<Listening> {
    if !address.ip().is_loopback() {
        let text = format!(
            "refused to listen on {address}: the embedded server is for this machine alone, use \
             127.0.0.1"
        );
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let accepting = tokio::spawn(accept(listener, service));
    Ok(Listening { address, accepting: Some(accepting), _kept: kept })
}

/// Takes connections until it is dropped, and they with it.
async fn accept(listener: TcpListener, service: Arc<Service>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, Arc::clone(&service)));
                }
                Err(error) => tracing::warn!(%error, "failed to accept a connection"),
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, service: Arc<Service>) {
    // Events are small and awaited: they must not be held back for company.
    let _ = stream.set_nodelay(true);
    let switched = Arc::new(Switched::default());
    let handler = service_fn(|mut request: Request<Incoming>| {
        let (service, switched) = (Arc::clone(&service), Arc::clone(&switched));
        async move {
            let upgrade = hyper::upgrade::on(&mut request);
            let (parts, body) = answer(&service, request).await?.into_parts();
            let body = body.conversation().map_or_else(
                |body| body,
                |conversation| {
                    *switched.lock() = Some((upgrade, conversation));
                    Body::empty()
                },
            );
            io::Result::Ok(Response::from_parts(parts, body))
        }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http2().max_concurrent_streams(1000);
    let serving = builder.serve_connection_with_upgrades(TokioIo::new(stream), handler);
    if let Err(error) = serving.await {
        tracing::debug!(%error, "a connection ended");
    }
    // A connection that has left HTTP is no more served by it: what is left is the conversation.
    let left = switched.lock().take();
    if let Some((upgrade, conversation)) = left
        && let Ok(connection) = upgrade.await
    {
        conversation.hold(TokioIo::new(connection)).await;
    }
}

/// What a connection is used for after HTTP, by the one answer that switched protocols.
type Switched = Mutex<Option<(OnUpgrade, Conversation)>>;

async fn answer(service: &Service, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, LIMIT).collect().await {
        Ok(body) => body.to_bytes(),
        // What is too long anyway need not be held: the service refuses by the size alone.
        Err(error) if error.is::<LengthLimitError>() => Bytes::from(vec![0; LIMIT]),
        Err(error) => return Err(io::Error::other(error)),
    };
    service
        .handle(Request::from_parts(parts, body))
        .await
        .map_err(|broken| io::Error::new(io::ErrorKind::ConnectionReset, broken))
}
