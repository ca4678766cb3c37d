//! The port: addresses in, connections answered one request each. It spawns nothing but its own connections.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::Full;
use hyper::Request;
use hyper::Response;
use hyper::body::Bytes;
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::header::HeaderName;
use hyper::header::HeaderValue;
use hyper::header::X_CONTENT_TYPE_OPTIONS;
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
use tokio_rustls::TlsAcceptor;

use super::Admin;
use super::Endpoint;
use super::Guard;
use super::admin;
use super::admin::Ask;
use super::admin::Site;
use super::answer::Serves;
use super::answer::answer;
use super::questions;
use super::vitals::Vitals;
use crate::error::Error;
use crate::error::Result;
use crate::error::chain;
use crate::shutdown::Shutdown;
use crate::tls::Certificate;
use crate::tls::Identity;
use crate::tls::Purpose;
use crate::webhook::Webhooks;

/// More than any request for these pages needs.
const LARGEST_HEAD: usize = 16 << 10;
/// The most lines of a head.
const HEADERS: usize = 64;
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

/// Who asks at a port.
#[derive(Clone, Debug)]
pub(crate) enum Service {
    /// Programs and people that look at it.
    Pages(Pages),
    /// The API server.
    Webhooks(Webhooks),
}

/// What there is to look at.
#[derive(Clone, Debug)]
pub(crate) enum Pages {
    /// Metrics and probes, to whoever asks.
    Vitals(Vitals, Serves),
    /// Metrics, to whom the guard lets through.
    Guarded(Vitals, Guard),
    /// The live page.
    Admin(Site),
}

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

/// What is behind a guard.
const METRICS_ONLY: Serves = Serves { metrics: true, probes: false };

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
    pub(crate) async fn run(mut self, service: Service, end: Shutdown) -> Result<()> {
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
                            connections.spawn(self.connection(stream, tls, service.clone()));
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
        service: Service,
    ) -> impl Future<Output = ()> + Send + 'static {
        let limit = self.answered_within;
        let ended = async move {
            let late = |_| Error::msg("it took too long and was closed");
            match (tls, service) {
                (None, Service::Webhooks(_)) => Err(Error::msg("webhooks are asked by HTTPS only")),
                (Some(tls), Service::Webhooks(webhooks)) => {
                    let stream = tokio::time::timeout(limit, tls.accept(stream));
                    let stream = stream.await.map_err(late)??;
                    questions::serve(stream, webhooks, limit).await
                }
                (Some(tls), Service::Pages(pages)) => {
                    let served = async { serve(tls.accept(stream).await?, pages, limit).await };
                    tokio::time::timeout(limit, served).await.map_err(late)?
                }
                (None, Service::Pages(pages)) => {
                    let served = serve(stream, pages, limit);
                    tokio::time::timeout(limit, served).await.map_err(late)?
                }
            }
        };
        async move {
            if let Err(error) = ended.await {
                tracing::debug!("a connection ended: {}", chain(&error));
            }
        }
    }
}

async fn serve<S>(stream: S, pages: Pages, limit: Duration) -> Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let pages = pages.clone();
        async move { Ok::<_, Infallible>(respond(&pages, &request).await) }
    });
    let mut builder = http1::Builder::new();
    builder.keep_alive(false).max_buf_size(LARGEST_HEAD).max_headers(HEADERS);
    builder.timer(TokioTimer::new()).header_read_timeout(limit);
    Ok(builder.serve_connection(TokioIo::new(stream), service).await?)
}

async fn respond(pages: &Pages, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let (uri, method) = (request.uri(), request.method().as_str());
    let answer = match pages {
        Pages::Vitals(vitals, serves) => {
            let query = uri.query().unwrap_or_default();
            answer(vitals, *serves, method, uri.path(), query).await
        }
        Pages::Guarded(vitals, guard) => match guard.refuses(ask(request).authorization).await {
            Some(refusal) => refusal,
            None => answer(vitals, METRICS_ONLY, method, uri.path(), "").await,
        },
        Pages::Admin(site) => {
            let nonce = uuid::Uuid::new_v4().simple().to_string();
            admin::answer(site, &ask(request), &nonce, Instant::now())
        }
    };
    let mut response = Response::new(Full::new(Bytes::from(answer.text)));
    *response.status_mut() =
        hyper::StatusCode::from_u16(answer.status).expect("our statuses are three digits");
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for (name, value) in answer.headers {
        let value = HeaderValue::from_str(&value).expect("our headers are printable ASCII");
        headers.insert(HeaderName::from_static(name), value);
    }
    response
}

fn ask(request: &Request<Incoming>) -> Ask<'_> {
    let header = |name: &str| {
        let value = request.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    };
    Ask {
        method: request.method().as_str(),
        path: request.uri().path(),
        // An address in the first line goes before the header.
        host: request.uri().authority().map_or_else(|| header("host"), |name| name.as_str()),
        authorization: header("authorization"),
        fetch_site: header("sec-fetch-site"),
    }
}

#[expect(clippy::disallowed_methods, reason = "the port waits before it accepts again")]
async fn pause() {
    tokio::time::sleep(PAUSE).await;
}
