//! The way to one server: a configuration in, what makes connections to it out.

use std::net::IpAddr;

use rustls::pki_types::ServerName;
use url::{Host, Url};

use crate::config::Config;
use crate::config::Network;
use crate::config::Observer;
use crate::config::Tls;

use super::carrier::Carrier;
use super::connections::Connections;
use super::error::TransportError;
use super::route::{Proxies, Route};

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

    /// Prepares connections; none is made yet.
    pub(super) fn connections(self, user: &str) -> Result<Connections, TransportError> {
        let (server, called) = (self.name(), self.called()?);
        let proxies = match self.proxy {
            Some(proxy) => Proxies::One(proxy),
            // As Go does: what the environment says of proxies is not meant for this machine.
            None if is_loopback(&self.server) => Proxies::None,
            None => Proxies::Environment,
        };
        let (network, compression) = (self.network, self.compression);
        let name = server.clone();
        let route = Route { server, called, proxies, network, compression };
        let http2 = route.network.http2;
        let make = move |template: &_, shape| Carrier::new(&route, template, shape);
        Connections::new(self.tls, http2, self.observer, (&name, user), make)
    }

    /// Its name in TLS, if reqwest would not come to it by itself: what the configuration says, and an IPv6 address, which reqwest
    /// takes for a name behind a proxy.
    fn called(&self) -> Result<Option<ServerName<'static>>, TransportError> {
        if self.server.scheme() != "https" {
            return Ok(None);
        }
        let Some(name) = self.tls.server_name.clone() else {
            return Ok(match self.server.host() {
                Some(Host::Ipv6(address)) => Some(IpAddr::from(address).into()),
                _ => None,
            });
        };
        let wrong = |_| TransportError::Tls {
            server: self.name(),
            reason: format!("`tls-server-name` is `{name}`, which is no host name"),
        };
        ServerName::try_from(name.clone()).map(Some).map_err(wrong)
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
