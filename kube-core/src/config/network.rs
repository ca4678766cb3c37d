//! How the server is reached: proxies, protocols and limits of time in, a [`Network`] and what it says of proxies out.

use std::time::Duration;

use url::Url;

use crate::error::Result;

use super::Config;
use super::error::ConfigError;

/// How connections are made and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    /// How long making a connection may take, with proxy and TLS.
    pub(crate) connect_within: Duration,
    /// A connection that is silent for so long is asked whether it lives.
    pub(crate) ping_after: Duration,
    /// How long the answer to that may take.
    pub(crate) pong_within: Duration,
    /// Whether HTTP/2 is spoken to servers that do.
    pub(crate) http2: bool,
}

/// As client-go.
impl Default for Network {
    fn default() -> Self {
        Self {
            connect_within: Duration::from_secs(30),
            ping_after: Duration::from_secs(30),
            pong_within: Duration::from_secs(15),
            http2: true,
        }
    }
}

impl Config {
    /// Goes through this proxy, an `http`, `https` or `socks5` URL, which may hold a user and a password for it. It is told the server's name
    /// and resolves it. Without this, the environment says which servers have which proxy: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, but for
    /// those in `NO_PROXY` (names, domains, addresses, networks as `10.0.0.0/8`); this machine never has one.
    ///
    /// # Errors
    /// It is no such URL.
    pub fn proxy(mut self, url: &str) -> Result<Self> {
        self.proxy = Some(proxy_url(url).ok_or(ConfigError::Proxy)?);
        Ok(self)
    }

    /// How long making a connection may take, with proxy and TLS; 30 seconds by default. A request that waits for it may not take longer
    /// than its own [`timeout`](Self::timeout) either.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.network.connect_within = timeout;
        self
    }

    /// Asks an HTTP/2 connection that is silent for `after` whether it lives, and gives it up if no answer comes `within`; 30 and 15 seconds
    /// by default.
    #[must_use]
    pub fn keep_alive(mut self, after: Duration, within: Duration) -> Self {
        (self.network.ping_after, self.network.pong_within) = (after, within);
        self
    }

    /// Whether HTTP/2 is spoken to servers that do; so by default. Without it each watch has a connection of its own.
    #[must_use]
    pub fn http2(mut self, http2: bool) -> Self {
        self.network.http2 = http2;
        self
    }
}

/// Reads a proxy's address.
pub(super) fn proxy_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let known = matches!(url.scheme(), "http" | "https" | "socks5");
    (known && url.host_str().is_some_and(|host| !host.is_empty())).then_some(url)
}
