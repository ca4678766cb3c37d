//! How one server is reached, and what one sort of connections to it is like.

use rustls::pki_types::ServerName;
use url::Url;

use crate::config::Network;

/// How the server is reached.
pub(super) struct Route {
    /// What an error calls it.
    pub(super) server: String,
    /// Its name in TLS, if that is not what reqwest makes of its address.
    pub(super) called: Option<ServerName<'static>>,
    pub(super) proxies: Proxies,
    pub(super) network: Network,
    pub(super) compression: bool,
}

/// What leads to the server.
pub(super) enum Proxies {
    /// Nothing but the network.
    None,
    /// This one.
    One(Url),
    /// Whatever the environment says.
    Environment,
}

/// What one sort of connections is like.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    /// Whether HTTP/2 may be spoken; HTTP/1.1 alone can be switched to another protocol.
    pub(super) http2: bool,
    /// How much the server may send ahead: of one answer, and of all. hyper's own if it is not said.
    pub(super) windows: Option<(u32, u32)>,
    /// The largest frame; hyper's own if it is not said.
    pub(super) frame: Option<u32>,
}
