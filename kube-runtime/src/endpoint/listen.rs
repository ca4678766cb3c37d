//! The port: addresses in, connections answered one request each. It spawns nothing but its own connections.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio::time::timeout_at;
use tokio_rustls::TlsAcceptor;

use super::Admin;
use super::Endpoint;
use super::answer::Serves;
use super::service::Service;
use crate::error::Error;
use crate::error::Result;
use crate::error::chain;
use crate::shutdown::Shutdown;
use crate::tls::Certificate;
use crate::tls::Identity;
use crate::tls::Purpose;

/// More than any request for these pages needs.
const LARGEST_HEAD: usize = 16 << 10;
/// The most lines of a head.
const HEADERS: usize = 64;
/// Between two requests of one connection may be so long.
const IDLE: Duration = Duration::from_secs(90);
/// The wait after a connection could not be accepted: that is cured by others that end.
const PAUSE: Duration = Duration::from_millis(100);
/// How long those that are being answered may take when the operator ends.
const LAST: Duration = Duration::from_secs(1);

/// A port that is open.
#[derive(Debug)]
pub(crate) struct Listening {
    listener: TcpListener,
    pub(crate) address: SocketAddr,
    connections: usize,
    answered_within: Duration,
    /// Of one that speaks HTTPS.
    identity: Option<Identity>,
}

/// A connection, as it comes or in TLS: what speaks HTTP over it is compiled once.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Opens what is asked for: none, one or two ports.
///
/// # Errors
/// An address that is none, or that cannot be had.
pub(crate) async fn bind(endpoint: &Endpoint) -> Result<Vec<(Listening, Serves)>> {
    let (metrics, probes) = (endpoint.metrics.trim(), endpoint.probes.trim());
    let mut open = Vec::new();
    let serves = |metrics, probes| Serves { metrics, probes };
    if !is_off(metrics) && metrics == probes {
        open.push((listen(endpoint, metrics, METRICS).await?, serves(true, true)));
        return Ok(open);
    }
    if !is_off(metrics) {
        let mut port = listen(endpoint, metrics, METRICS).await?;
        if let Some(secure) = &endpoint.secure {
            let certificate = Certificate::new(SECURE, secure.certificates.as_deref()).await?;
            port.identity = Some(Identity::Files(certificate));
        }
        open.push((port, serves(true, false)));
    }
    if !is_off(probes) {
        open.push((listen(endpoint, probes, PROBES).await?, serves(false, true)));
    }
    Ok(open)
}

/// Opens the port of the live page, if it is asked for.
///
/// # Errors
/// An address that is none, or that cannot be had.
pub(crate) async fn bind_admin(endpoint: &Endpoint, admin: &Admin) -> Result<Option<Listening>> {
    match admin.address.trim() {
        address if is_off(address) => Ok(None),
        address => Ok(Some(listen(endpoint, address, ADMIN).await?)),
    }
}

/// Opens the port of the webhooks.
///
/// # Errors
/// An address that is none, or that cannot be had.
pub(crate) async fn bind_webhooks(
    endpoint: &Endpoint,
    address: &str,
    identity: Identity,
) -> Result<Listening> {
    let mut port = listen(endpoint, address.trim(), WEBHOOKS).await?;
    port.identity = Some(identity);
    Ok(port)
}

/// What is served, and the flag that says where.
type What = (&'static str, &'static str);

const METRICS: What = ("metrics", "--metrics-bind-address");
const PROBES: What = ("health probes", "--health-probe-bind-address");
const ADMIN: What = ("the live page", "--admin");
const WEBHOOKS: What = ("webhooks", "--webhook-bind-address");

const SECURE: Purpose = Purpose { what: METRICS.0, flag: "--metrics-cert-path" };

fn is_off(address: &str) -> bool {
    matches!(address, "" | "0")
}

async fn listen(endpoint: &Endpoint, address: &str, (what, flag): What) -> Result<Listening> {
    let failed = |error: io::Error| {
        Error::msg(format!(
            "failed to listen for {what} on `{address}`: {error}: give `ADDRESS:PORT` or `:PORT` of a port that is free with `{flag}`, or `0` for none"
        ))
    };
    let listener = open(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok(Listening {
        listener,
        address,
        connections: endpoint.connections.max(1),
        answered_within: endpoint.answered_within,
        identity: None,
    })
}

async fn open(address: &str) -> io::Result<TcpListener> {
    let Some(port) = address.strip_prefix(':') else { return TcpListener::bind(address).await };
    let port = port.parse().map_err(|_| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("`{port}` is not a port"))
    })?;
    match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
        Ok(listener) => Ok(listener),
        // A machine without IPv6.
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(error),
        Err(_) => TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await,
    }
}

impl Listening {
    /// Answers until `end` begins.
    ///
    /// # Cancel safety
    /// Dropping the future closes the port and every connection.
    pub(crate) async fn run(mut self, service: Arc<dyn Service>, end: Shutdown) -> Result<()> {
        let mut connections = JoinSet::new();
        let mut over = std::pin::pin!(end.begun());
        loop {
            tokio::select! {
                () = &mut over => break,
                accepted = self.listener.accept(), if connections.len() < self.connections => {
                    match accepted {
                        Ok((stream, _)) => {
                            let tls = match &mut self.identity {
                                Some(identity) => Some(identity.acceptor(Instant::now()).await),
                                None => None,
                            };
                            connections.spawn(self.connection(stream, tls, Arc::clone(&service)));
                        }
                        Err(error) => {
                            tracing::debug!(%error, "failed to accept a connection");
                            pause().await;
                        }
                    }
                }
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
            }
        }
        let rest = async { while connections.join_next().await.is_some() {} };
        // What is not answered by then is dropped with the set.
        _ = tokio::time::timeout(LAST, rest).await;
        Ok(())
    }

    /// Answers one request, or all those of a connection that asks webhooks.
    fn connection(
        &self,
        stream: TcpStream,
        tls: Option<TlsAcceptor>,
        service: Arc<dyn Service>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let served = serve(stream, tls, service, self.answered_within);
        async move {
            if let Err(error) = served.await {
                tracing::debug!("a connection ended: {}", chain(&error));
            }
        }
    }
}

async fn serve(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    service: Arc<dyn Service>,
    limit: Duration,
) -> Result<()> {
    let until = Instant::now() + limit;
    let late = |_| Error::msg("it took too long and was closed");
    let stream = timeout_at(until, opened(stream, tls)).await.map_err(late)??;
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(IDLE);
    let once = service.is_asked_once();
    if once {
        builder.keep_alive(false).max_buf_size(LARGEST_HEAD).max_headers(HEADERS);
        builder.header_read_timeout(limit);
    }
    let service = service_fn(move |request: Request<Incoming>| {
        let service = Arc::clone(&service);
        async move { Ok::<_, Infallible>(service.answer(request, limit).await) }
    });
    let served = builder.serve_connection(TokioIo::new(stream), service);
    match once {
        true => Ok(timeout_at(until, served).await.map_err(late)??),
        false => Ok(served.await?),
    }
}

async fn opened(stream: TcpStream, tls: Option<TlsAcceptor>) -> io::Result<Box<dyn Stream>> {
    Ok(match tls {
        Some(tls) => Box::new(tls.accept(stream).await?),
        None => Box::new(stream),
    })
}

#[expect(clippy::disallowed_methods, reason = "the port waits before it accepts again")]
async fn pause() {
    tokio::time::sleep(PAUSE).await;
}
