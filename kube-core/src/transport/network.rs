//! The transport of production: HTTP/1.1 and HTTP/2 over TCP and TLS, by reqwest.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use url::{Host, Url};

use crate::auth::Credentials;
use crate::config::Config;
use crate::error::Result;
use crate::request::{Request, Verb};

use super::error::TransportError;
use super::pool::{Permit, Pools};
use super::response::{Body, Headers, Response};
use super::{Transport, tls};

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
    pools: Pools,
}

impl HttpTransport {
    /// Prepares connections; none is made yet.
    ///
    /// # Errors
    /// Certificates or keys cannot be used, or a secret would go over plain HTTP to another machine.
    pub fn new(config: &Config) -> Result<Self> {
        let credentials = Credentials::of(&config.user)?;
        let mut server = config.server.clone();
        let local = is_loopback(&server);
        let host = host(&server);
        // Without its path: gateways have been seen to put a token there.
        let name = format!("{}://{host}", server.scheme());
        if server.scheme() == "http" && credentials.has_secret() && !local {
            let user = config.user.origin.clone();
            return Err(TransportError::PlainSecret { server: name, user }.into());
        }
        let template = tls::template(&config.tls, &name)?;
        let mut resolver = None;
        if let Some(server_name) = &config.tls.server_name
            && server.scheme() == "https"
        {
            // reqwest takes the name for TLS from the address only, so that the address gets that name and
            // the name resolves to where the server is. A proxy would be told that name: there is none then.
            let at = server.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
            let port = server.port_or_known_default().unwrap_or(443);
            server.set_host(Some(server_name)).map_err(|_| TransportError::Tls {
                server: name.clone(),
                reason: format!("`tls-server-name` is `{server_name}`, which is no host name"),
            })?;
            resolver = Some(Renamed { from: server_name.to_ascii_lowercase(), at, port });
        }
        let proxy = config.proxy.as_ref().map(|url| reqwest::Proxy::all(url.clone())).transpose();
        let proxy = proxy.map_err(|error| TransportError::of(error, &name))?;
        let renamed = resolver.map(Arc::new);
        let compression = config.compression;
        let make = move || {
            let builder = reqwest::Client::builder();
            let mut builder = builder.tls_backend_preconfigured(template.clone()).gzip(compression);
            if let Some(renamed) = &renamed {
                builder = builder.dns_resolver(Arc::clone(renamed)).no_proxy();
            } else if let Some(proxy) = &proxy {
                builder = builder.proxy(proxy.clone());
            } else if local {
                // As Go does: what the environment says of proxies is not meant for this machine.
                builder = builder.no_proxy();
            }
            builder
        };
        let pools = Pools::new(Box::new(make), &name)?;
        let user = config.user.origin.clone();
        let inner = Inner { server, name, host, user, credentials, pools };
        Ok(Self { inner: Arc::new(inner) })
    }
}

fn host(server: &Url) -> String {
    let host = server.host_str().unwrap_or_default();
    match server.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response>> {
        let inner = Arc::clone(&self.inner);
        async move { inner.send(request).await }.boxed()
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
        self.credentials.authorize(&mut headers).await?;
        let (client, permit) = match request.verb {
            Verb::Watch => {
                let (client, permit) = self.pools.watch()?;
                (client, Some(permit))
            }
            _ => (self.pools.unary().clone(), None),
        };
        let method = http::Method::from_bytes(request.method.as_str().as_bytes())
            .map_err(|_| TransportError::Header { name: ":method".to_owned() })?;
        let mut call = client.request(method, url).headers(headers);
        if let Some(body) = request.body {
            call = call.body(body);
        }
        let answer = call.send().await.map_err(|error| TransportError::of(error, &self.name))?;
        if answer.status() == http::StatusCode::UNAUTHORIZED {
            self.credentials.refused();
        }
        Ok(response(answer, permit, self.name.clone()))
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

fn response(answer: reqwest::Response, permit: Option<Permit>, server: String) -> Response {
    let status = answer.status().as_u16();
    let readable = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
    };
    let headers: Headers = answer.headers().iter().filter_map(readable).collect();
    let body = answer.bytes_stream().map(move |piece| {
        // The stream of a watch keeps its place in the pool for as long as it is read.
        let _ = &permit;
        piece.map_err(|error| TransportError::of(error, &server).into())
    });
    Response::new(status, headers, Body::from_stream(body))
}

fn is_loopback(server: &Url) -> bool {
    match server.host() {
        Some(Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

/// Finds the server under the name that its certificate is for.
struct Renamed {
    from: String,
    at: String,
    port: u16,
}

impl reqwest::dns::Resolve for Renamed {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let wanted = name.as_str();
        let host = if wanted == self.from { self.at.clone() } else { wanted.to_owned() };
        let port = self.port;
        Box::pin(async move {
            let found: Vec<_> = tokio::net::lookup_host((host, port)).await?.collect();
            Ok(Box::new(found.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpTransport({})", self.describe())
    }
}
