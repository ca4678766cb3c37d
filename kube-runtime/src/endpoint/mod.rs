//! What an operator says of itself to those who ask: numbers and checks in, `/metrics`, `/healthz`, `/livez`, `/readyz` and the live page out.
//!
//! Promises:
//! - It is ready when every cache has had a whole list, or as soon as it converts objects if it does, and until it is asked to stop; it is alive while no worker is missing.
//! - A check that panics or hangs fails, and harms nothing else.
//! - Connections, the size of a head and all times are bounded.
//! - Why a check failed is in the log, not in the answer: anybody may ask.
//!
//! Mirrors: controller-runtime pkg/healthz, pkg/metrics/server, pkg/manager
//! Differs: nothing is served unless it is asked for; ready says that the caches are synced; a connection carries one request.

mod admin;
mod answer;
mod check;
mod listen;
mod page;
mod pages;
mod questions;
mod secure;
mod service;
#[cfg(test)]
mod tests;
mod vitals;

use std::time::Duration;

pub use admin::Admin;
pub(crate) use admin::Site;
pub(crate) use answer::Serves;
pub(crate) use check::Check;
pub(crate) use check::Checks;
pub(crate) use listen::Listening;
pub(crate) use listen::bind;
pub(crate) use listen::bind_admin;
pub(crate) use listen::bind_webhooks;
pub(crate) use page::More;
pub(crate) use pages::Pages;
pub(crate) use secure::Guard;
pub use secure::Secure;
pub(crate) use vitals::LIVE;
pub(crate) use vitals::READY;
pub use vitals::Vitals;

/// Where an operator answers, and how patient it is. By default nowhere: it opens no port that nobody asked for.
///
/// ```
/// use kube_runtime::endpoint::Endpoint;
///
/// let endpoint = Endpoint::default().metrics("127.0.0.1:8080").probes(":8081");
/// assert_eq!(endpoint.connections, 64);
/// ```
#[must_use]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Endpoint {
    /// Where `/metrics` is: `ADDRESS:PORT`, or `:PORT` for all addresses of this machine. `0` is nowhere.
    pub metrics: String,
    /// Where `/healthz`, `/livez` and `/readyz` are, in the same form; it may be the same address.
    pub probes: String,
    /// HTTPS and a login before `/metrics`; the probes are then at another address. None: whoever reaches the port may read.
    pub secure: Option<Secure>,
    /// So many connections at once, for each address; more wait to be accepted. 64.
    pub connections: usize,
    /// A connection may take so long, from its first byte to the last of its answer. 10 s.
    pub answered_within: Duration,
    /// A check may take so long; then it has failed. 5 s.
    pub checked_within: Duration,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self {
            metrics: "0".to_owned(),
            probes: "0".to_owned(),
            secure: None,
            connections: 64,
            answered_within: Duration::from_secs(10),
            checked_within: Duration::from_secs(5),
        }
    }
}

impl Endpoint {
    /// Where `/metrics` is.
    pub fn metrics(mut self, address: impl Into<String>) -> Self {
        self.metrics = address.into();
        self
    }

    /// Where `/healthz`, `/livez` and `/readyz` are.
    pub fn probes(mut self, address: impl Into<String>) -> Self {
        self.probes = address.into();
        self
    }

    /// HTTPS and a login before `/metrics`.
    ///
    /// ```
    /// use kube_runtime::endpoint::{Endpoint, Secure};
    ///
    /// let endpoint = Endpoint::default().metrics(":8443").secure(Secure::default());
    /// assert_eq!(endpoint.secure.unwrap().remembered, 256);
    /// ```
    pub fn secure(mut self, secure: Secure) -> Self {
        self.secure = Some(secure);
        self
    }

    /// So many connections at once, at least one.
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// A connection may take so long.
    pub fn answered_within(mut self, limit: Duration) -> Self {
        self.answered_within = limit;
        self
    }

    /// A check may take so long.
    pub fn checked_within(mut self, limit: Duration) -> Self {
        self.checked_within = limit;
        self
    }
}
