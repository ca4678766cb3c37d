//! What carries requests over connections of its own: method, address, headers and body in, the answer out.

use bytes::Bytes;
use http::{HeaderMap, Method};
use rustls::ClientConfig;
use url::Url;

use super::error::{Reason, TransportError};
use super::named::Named;
use super::route::{Proxies, Route, Shape};

/// Carries requests to one server. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub(super) enum Carrier {
    /// The server is called what reqwest makes of its address.
    Plain(reqwest::Client),
    /// It is called something else, which reqwest has no word for.
    Named(Named),
}

impl Carrier {
    /// Prepares connections; none is made yet.
    pub(super) fn new(
        route: &Route,
        template: &ClientConfig,
        shape: Shape,
    ) -> Result<Self, TransportError> {
        let mut template = template.clone();
        if !shape.http2 {
            template.alpn_protocols = vec![b"http/1.1".to_vec()];
        }
        match &route.called {
            Some(name) => Named::new(route, name.clone(), template, shape).map(Self::Named),
            None => plain(route, template, shape).map(Self::Plain),
        }
    }

    /// Sends a request; ready when the answer's head is there.
    pub(super) async fn send(
        &self,
        (method, url): (Method, Url),
        headers: HeaderMap,
        body: Option<Bytes>,
        server: &str,
    ) -> Result<reqwest::Response, TransportError> {
        match self {
            Self::Named(client) => client.send((method, url), headers, body, server).await,
            Self::Plain(client) => {
                let mut call = client.request(method, url).headers(headers);
                if let Some(body) = body {
                    call = call.body(body);
                }
                call.send().await.map_err(|error| TransportError::of(error, server))
            }
        }
    }
}

fn plain(
    route: &Route,
    template: ClientConfig,
    shape: Shape,
) -> Result<reqwest::Client, TransportError> {
    let network = &route.network;
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(template)
        .gzip(route.compression)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(network.connect_within)
        .http2_keep_alive_interval(network.ping_after)
        .http2_keep_alive_timeout(network.pong_within)
        .http2_keep_alive_while_idle(true)
        .http2_max_frame_size(shape.frame);
    if let Some((stream, connection)) = shape.windows {
        builder = builder
            .http2_initial_stream_window_size(stream)
            .http2_initial_connection_window_size(connection);
    }
    if !shape.http2 {
        builder = builder.http1_only();
    }
    builder = match &route.proxies {
        Proxies::None => builder.no_proxy(),
        Proxies::One(url) => {
            let proxy = reqwest::Proxy::all(resolving(url));
            builder.proxy(proxy.map_err(|error| TransportError::of(error, &route.server))?)
        }
        Proxies::Environment => builder,
    };
    builder.build().map_err(|error| TransportError::Prepare {
        server: route.server.clone(),
        source: Reason::of(&error.without_url()),
    })
}

/// As Go does: a SOCKS5 proxy resolves the server's name, which may be known there only.
fn resolving(proxy: &Url) -> String {
    match proxy.as_str().strip_prefix("socks5://") {
        Some(rest) => format!("socks5h://{rest}"),
        None => proxy.as_str().to_owned(),
    }
}
