//! The transport of production: HTTP/1.1 and HTTP/2 over TCP and TLS, by reqwest.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt as _, Stream, StreamExt as _, stream};
use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use tokio::sync::watch;
use url::Url;

use crate::auth::Credentials;
use crate::auth::Proof;
use crate::config::Config;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::request::Exchange;
use crate::request::Request;
use crate::request::Verb;

use super::Transport;
use super::connections::Connections;
use super::connector::Connector;
use super::error::TransportError;
use super::pool::Permit;
use super::response::{Body, Connection, Headers, Response};
use super::way::Way;

/// Carries requests to one server as one user.
#[derive(Clone)]
pub struct HttpTransport {
    inner: Arc<Inner>,
}

struct Inner {
    /// The address with the path prefix, without a slash at its end.
    server: Url,
    /// What an error calls the server.
    name: String,
    /// As the configuration names it, with the port if that is none of the scheme's own.
    host: String,
    /// What an error calls the user.
    user: String,
    credentials: Credentials,
    connections: Arc<Connections>,
}

impl HttpTransport {
    /// Prepares connections; none is made yet.
    ///
    /// # Errors
    /// Certificates or keys cannot be used, or a secret would go over plain HTTP to another machine.
    pub fn new(config: &Config) -> Result<Self> {
        Self::through(&Connector::new(), config)
    }

    /// The same, with the connections of whoever reaches the server in the same way through this connector.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn through(connector: &Connector, config: &Config) -> Result<Self> {
        let credentials = Credentials::of(config)?;
        let way = Way::of(config);
        let (name, host, user) = (way.name(), way.host(), config.user.origin.clone());
        if config.server.scheme() == "http" && credentials.has_secret() && !way.is_local() {
            return Err(TransportError::PlainSecret { server: name, user }.into());
        }
        let server = config.server.clone();
        let connections = connector.connections(&way, &user)?;
        let inner = Inner { server, name, host, user, credentials, connections };
        Ok(Self { inner: Arc::new(inner) })
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response>> {
        let inner = Arc::clone(&self.inner);
        async move { inner.send(request).await }.boxed()
    }

    fn ready(&self) -> BoxFuture<'_, Result<()>> {
        async { self.inner.credentials.proof().await.map(drop) }.boxed()
    }

    fn describe(&self) -> String {
        format!("{} as {}", self.inner.name, self.inner.user)
    }

    fn host(&self) -> &str {
        &self.inner.host
    }
}

impl Inner {
    async fn send(&self, request: Request) -> Result<Response> {
        let url = self.url(&request)?;
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let wrong = || TransportError::Header { name: name.to_string() };
            let value = HeaderValue::from_str(value).map_err(|_| wrong())?;
            headers.append(HeaderName::try_from(&**name).map_err(|_| wrong())?, value);
        }
        let call = Call { request, url, headers };
        self.connections.reload(false).await;
        let own = call.headers.contains_key(AUTHORIZATION);
        let proof = if own { Proof::default() } else { self.credentials.proof().await? };
        let answer = match self.once(&call, &proof).await {
            // What the server has not seen may be sent again; what it may have seen is for the caller to decide.
            Err(error) if matches!(error.kind(), ErrorKind::Connect | ErrorKind::Connection) => {
                let again =
                    self.connections.reload(true).await && error.kind() == ErrorKind::Connect;
                return if again { self.once(&call, &proof).await } else { Err(error) };
            }
            answer => answer?,
        };
        if answer.status != StatusCode::UNAUTHORIZED.as_u16() {
            return Ok(answer);
        }
        let reloaded = self.connections.reload(true).await;
        let other = match !own && self.credentials.refused(&proof) {
            true => self.credentials.proof().await?,
            false => proof.clone(),
        };
        // Whoever is not known has done nothing: the request may be made again, whatever it does.
        match !reloaded && other == proof {
            true => Ok(answer),
            false => self.once(&call, &other).await,
        }
    }

    async fn once(&self, call: &Call, proof: &Proof) -> Result<Response> {
        let Call { request, url, headers } = call;
        let mut headers = headers.clone();
        self.credentials.authorize(&mut headers, proof);
        let pools = self.connections.of(proof)?;
        let ((client, gate), stream) = match request.exchange {
            Exchange::Stream => {
                let (client, permit) = pools.watch()?;
                // A watch is opened again; the end of a log would be taken for its end.
                let retired = (request.verb == Verb::Watch).then(|| pools.retired());
                (client, Some((permit, retired)))
            }
            // Each has its own connection.
            Exchange::Upgrade => ((pools.upgrade()?, Arc::default()), None),
            Exchange::Whole => (pools.unary(), None),
        };
        let method = http::Method::from_bytes(request.method.as_str().as_bytes())
            .map_err(|_| TransportError::Header { name: ":method".to_owned() })?;
        let body = request.body.clone();
        let _first = match request.exchange {
            Exchange::Upgrade => None,
            Exchange::Stream | Exchange::Whole => gate.pass().await,
        };
        let answer = client.send((method, url.clone()), headers, body, &self.name).await;
        gate.set(answer.is_ok());
        let answer = answer?;
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            return self.switched(answer).await;
        }
        Ok(response(answer, stream, self.name.clone()))
    }

    /// The connection is ours now, in the protocol that was asked for.
    async fn switched(&self, answer: reqwest::Response) -> Result<Response> {
        let headers = headers(&answer);
        let upgraded = answer.upgrade().await;
        let upgraded = upgraded.map_err(|error| TransportError::of(error, &self.name))?;
        Ok(Response::switched(headers, Connection::new(upgraded)))
    }

    fn url(&self, request: &Request) -> Result<Url, TransportError> {
        let wrong = || TransportError::Path { path: request.path.clone() };
        let prefix = self.server.as_str().trim_end_matches('/');
        let url =
            Url::parse(&format!("{prefix}{}", request.path_and_query())).map_err(|_| wrong())?;
        // The parser follows dots and backslashes. A path that means another than it says is not sent.
        let path = format!("{}{}", self.server.path().trim_end_matches('/'), request.path);
        if url.path() != path {
            return Err(wrong());
        }
        Ok(url)
    }
}

/// A request in the words of HTTP.
struct Call {
    request: Request,
    url: Url,
    headers: HeaderMap,
}

fn response(
    answer: reqwest::Response,
    stream: Option<(Permit, Option<watch::Receiver<bool>>)>,
    server: String,
) -> Response {
    let status = answer.status().as_u16();
    let headers = headers(&answer);
    let pieces = answer
        .bytes_stream()
        .map(move |piece| piece.map_err(|error| TransportError::of(error, &server).into()));
    let body = match stream {
        None => Body::from_stream(pieces),
        Some((permit, retired)) => {
            let pieces = match retired {
                Some(retired) => until_retired(pieces.boxed(), retired).boxed(),
                None => pieces.boxed(),
            };
            // A stream keeps its place in the pool for as long as it is read.
            Body::from_stream(pieces.inspect(move |_| {
                let _ = &permit;
            }))
        }
    };
    Response::new(status, headers, body)
}

/// The pieces, of which there are no more after the first end of a line at which the connection is one of the past.
fn until_retired(
    pieces: impl Stream<Item = Result<Bytes>> + Unpin + Send + 'static,
    retired: watch::Receiver<bool>,
) -> impl Stream<Item = Result<Bytes>> + Send {
    stream::unfold((pieces, retired, true), |(mut pieces, mut retired, between)| async move {
        let of_the_past = async {
            // Without a sender there are no others either.
            if !between || retired.wait_for(|retired| *retired).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let piece = tokio::select! {
            biased;
            piece = pieces.next() => piece?,
            () = of_the_past => return None,
        };
        let between = piece.as_ref().is_ok_and(|piece| piece.ends_with(b"\n"));
        Some((piece, (pieces, retired, between)))
    })
}

fn headers(answer: &reqwest::Response) -> Headers {
    let readable = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    answer.headers().iter().map(readable).collect()
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpTransport({})", self.describe())
    }
}
