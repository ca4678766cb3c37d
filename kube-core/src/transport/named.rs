//! A server whose name in TLS is said, and not the host of its address: requests in, answers out, over HTTP/1.1 and HTTP/2, straight or through a proxy.
//!
//! Promises:
//! - The server is asked for by that name, and its certificate must be for it, whatever leads there.
//! - A proxy is told the host of the address and never that name; one with TLS of its own is called as its own address says.
//! - Requests name the host of the address, as without another name.
//! - A request that the server has not taken, as it shuts a connection down, is sent again, whatever it does.
//!
//! Mirrors: client-go transport/transport.go
//! Differs: Go would have the certificate of an `https` proxy be for the server's name, too.

use std::error::Error as _;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderMap, Method, Request, Uri};
use http_body_util::Full;
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tower_http::decompression::Decompression;
use tower_service::Service;
use url::Url;

use super::error::TransportError;
use super::route::{Proxies, Route, Shape};

/// How long a connection without a request is kept, and how often it is asked whether the other machine is there: as reqwest.
const IDLE: Duration = Duration::from_secs(90);
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const PROBES: u32 = 3;
/// How often a request is sent again that the server has not taken: as reqwest.
const AGAIN: u32 = 2;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Carries requests to a server that is called by a name.
#[derive(Clone)]
pub(super) struct Named(Arc<Decompression<legacy::Client<Connector, Full<Bytes>>>>);

impl Named {
    /// Prepares connections; none is made yet.
    pub(super) fn new(
        route: &Route,
        name: ServerName<'static>,
        tls: ClientConfig,
        shape: Shape,
    ) -> Result<Self, TransportError> {
        let network = &route.network;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(network.connect_within));
        tcp.set_keepalive(Some(KEEP_ALIVE));
        tcp.set_keepalive_interval(Some(KEEP_ALIVE));
        tcp.set_keepalive_retries(Some(PROBES));
        let mut of_proxy = tls.clone();
        of_proxy.alpn_protocols.clear();
        let proxies = match &route.proxies {
            Proxies::None => None,
            Proxies::One(url) => Some(Matcher::builder().all(url.as_str()).build()),
            Proxies::Environment => Some(Matcher::from_system()),
        };
        let reach = Reach { tcp, tls: Arc::new(of_proxy), proxies: proxies.map(Arc::new) };
        let resolver = Arc::new(FixedServerNameResolver::new(name));
        let https = HttpsConnector::new(reach, tls, true, resolver);
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http2_keep_alive_interval(network.ping_after)
            .http2_keep_alive_timeout(network.pong_within)
            .http2_keep_alive_while_idle(true)
            .http2_max_frame_size(shape.frame);
        if let Some((stream, connection)) = shape.windows {
            builder
                .http2_initial_stream_window_size(stream)
                .http2_initial_connection_window_size(connection);
        }
        let client = builder.build(Connector { https, within: network.connect_within });
        Ok(Self(Arc::new(Decompression::new(client).gzip(route.compression))))
    }

    /// Sends a request; ready when the answer's head is there.
    pub(super) async fn send(
        &self,
        (method, url): (Method, Url),
        headers: HeaderMap,
        body: Option<Bytes>,
        server: &str,
    ) -> Result<reqwest::Response, TransportError> {
        let path = || TransportError::Path { path: url.path().to_owned() };
        let mut request = Request::new(Full::new(body.unwrap_or_default()));
        *request.method_mut() = method;
        *request.uri_mut() = Uri::try_from(url.as_str()).map_err(|_| path())?;
        *request.headers_mut() = headers;
        let mut client = Decompression::clone(&self.0);
        let mut refused = 0;
        let answer = loop {
            match client.call(request.clone()).await {
                Err(error) if refused < AGAIN && is_refused(&error) => refused += 1,
                answer => break answer,
            }
        };
        let answer = answer.map_err(|error| TransportError::unanswered(&error, server))?;
        Ok(answer.map(reqwest::Body::wrap).into())
    }
}

/// Whether the server has done nothing and will not: it shuts this connection down, or takes no more on it.
fn is_refused(error: &legacy::Error) -> bool {
    let by_http = error.source().and_then(|error| error.source());
    let Some(error) = by_http.and_then(|error| error.downcast_ref::<h2::Error>()) else {
        return false;
    };
    let reason = error.reason();
    error.is_remote()
        && (error.is_go_away() && reason == Some(h2::Reason::NO_ERROR)
            || error.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM))
}

/// Makes a connection in no longer than it may take.
#[derive(Clone)]
struct Connector {
    https: HttpsConnector<Reach>,
    within: Duration,
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<MaybeHttpsStream<TokioIo<TcpStream>>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(cx)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let made = tokio::time::timeout(self.within, self.https.call(to));
        let late = |_| std::io::Error::from(std::io::ErrorKind::TimedOut);
        async move { made.await.map_err(late)? }.boxed()
    }
}

/// Bytes to and from the server, through its proxy if it has one.
#[derive(Clone)]
struct Reach {
    tcp: HttpConnector,
    /// For a proxy that speaks TLS itself.
    tls: Arc<ClientConfig>,
    proxies: Option<Arc<Matcher>>,
}

impl Service<Uri> for Reach {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        match self.proxies.as_ref().and_then(|proxies| proxies.intercept(&to)) {
            Some(proxy) => self.clone().through(proxy, to).boxed(),
            None => {
                let made = self.tcp.call(to);
                async move { Ok(MaybeHttpsStream::Http(made.await?)) }.boxed()
            }
        }
    }
}

impl Reach {
    async fn through(
        self,
        proxy: Intercept,
        to: Uri,
    ) -> Result<MaybeHttpsStream<TokioIo<TcpStream>>, BoxError> {
        let at = proxy.uri().clone();
        if at.scheme_str().is_some_and(|scheme| scheme.starts_with("socks5")) {
            let mut socks = SocksV5::new(at, self.tcp);
            if let Some((user, password)) = proxy.raw_auth() {
                socks = socks.with_auth(user.to_owned(), password.to_owned());
            }
            return Ok(MaybeHttpsStream::Http(socks.call(to).await?));
        }
        let mut tunnel = Tunnel::new(at, HttpsConnector::from((self.tcp, self.tls)));
        if let Some(auth) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(auth.clone());
        }
        Ok(tunnel.call(to).await?)
    }
}
