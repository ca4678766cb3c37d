//! The way to one server: a configuration in, what makes connections to it out.

use std::net::IpAddr;
use std::sync::Arc;

use url::{Host, Url};

use crate::config::Config;
use crate::config::Network;
use crate::config::Observer;
use crate::config::Tls;

use super::connections::Connections;
use super::error::TransportError;
use super::pool::Over;

/// What the environment says of proxies.
const PROXIES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// All that decides which connections lead to a server. Equal ways may share them.
#[derive(Clone)]
pub(super) struct Way {
    /// The address with the path prefix.
    server: Url,
    tls: Tls,
    proxy: Option<Url>,
    network: Network,
    observer: Observer,
    compression: bool,
    /// Whether others may use the connections: not if a plugin may bring a certificate that is ours alone.
    shared: bool,
}

impl Way {
    pub(super) fn of(config: &Config) -> Self {
        Self {
            server: config.server.clone(),
            tls: config.tls.clone(),
            proxy: config.proxy.clone(),
            network: config.network.clone(),
            observer: config.observer.clone(),
            compression: config.compression,
            shared: config.user.plugin.is_none(),
        }
    }

    /// Whether the connections of one are good for the other.
    pub(super) fn is(&self, other: &Self) -> bool {
        let origin = |way: &Self| (way.server.origin(), way.proxy.clone(), way.compression);
        (self.shared && other.shared)
            && origin(self) == origin(other)
            && self.network == other.network
            && self.observer.is(&other.observer)
            && self.tls == other.tls
    }

    /// What an error calls the server. Without its path: gateways have been seen to put a token there.
    pub(super) fn name(&self) -> String {
        format!("{}://{}", self.server.scheme(), self.host())
    }

    /// As the configuration names it, with the port if that is none of the scheme's own.
    pub(super) fn host(&self) -> String {
        let host = self.server.host_str().unwrap_or_default();
        match self.server.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Whether the server is on this machine.
    pub(super) fn is_local(&self) -> bool {
        is_loopback(&self.server)
    }

    /// The address that requests are sent to. reqwest takes the name for TLS from there, so that it has that name, where that is possible.
    pub(super) fn address(&self) -> Result<Url, TransportError> {
        let mut address = self.server.clone();
        if let Some(name) = self.renamed() {
            address.set_host(Some(name)).map_err(|_| TransportError::Tls {
                server: self.name(),
                reason: format!("`tls-server-name` is `{name}`, which is no host name"),
            })?;
        }
        Ok(address)
    }

    /// Prepares connections; none is made yet.
    pub(super) fn connections(self, user: &str) -> Result<Connections, TransportError> {
        let (name, local) = (self.name(), self.is_local());
        let renamed = self.renamed().map(|name| {
            let at = self.server.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
            let port = self.server.port_or_known_default().unwrap_or(443);
            Arc::new(Renamed { from: name.to_ascii_lowercase(), at, port })
        });
        let mut tls = self.tls.clone();
        if renamed.is_some() {
            // The address has it.
            tls.server_name = None;
        }
        let proxy = self.proxy.as_ref().map(|url| reqwest::Proxy::all(resolving(url))).transpose();
        let proxy = proxy.map_err(|error| TransportError::of(error, &name))?;
        let compression = self.compression;
        let make = move |template: &rustls::ClientConfig, over: Over| {
            let mut template = template.clone();
            if let Over::Http1 = over {
                template.alpn_protocols = vec![b"http/1.1".to_vec()];
            }
            let builder = reqwest::Client::builder();
            let mut builder = builder.tls_backend_preconfigured(template).gzip(compression);
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
        Connections::new(tls, self.network, self.observer, (&name, user), make)
    }

    /// The name for TLS, if the address may have it: a proxy would be told that name, and an address would be gone to.
    fn renamed(&self) -> Option<&str> {
        let name = self.tls.server_name.as_deref()?;
        let proxied = self.proxy.is_some()
            || (!self.is_local() && PROXIES.iter().any(|name| std::env::var_os(name).is_some()));
        let encrypted = self.server.scheme() == "https";
        (encrypted && !proxied && name.parse::<IpAddr>().is_err()).then_some(name)
    }
}

/// As Go does: a SOCKS5 proxy resolves the server's name, which may be known there only.
fn resolving(proxy: &Url) -> String {
    match proxy.as_str().strip_prefix("socks5://") {
        Some(rest) => format!("socks5h://{rest}"),
        None => proxy.as_str().to_owned(),
    }
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
