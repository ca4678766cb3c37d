//! The live page: what is asked at its port in; the page itself, and all that it shows as JSON, out.
//!
//! Promises:
//! - It is read-only, and nothing that it needs comes from anywhere else.
//! - On a loopback address whoever is on this machine may look, and no web page that a browser here has open elsewhere; on any other address
//!   only who has the token.
//! - While nobody looks it costs nothing but the kept failures; a look locks each queue and each cache for a moment.
//! - What it tells is bounded: keys of a queue, failures of a controller, causes of a failure.

mod answer;
mod document;
mod gate;
mod snapshot;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use super::vitals::Vitals;
use crate::error::Error;
use crate::error::Result;

pub(super) use answer::answer;
pub(super) use gate::Ask;

use gate::Gate;
use gate::Token;
use snapshot::Bounds;

/// Where an operator's live page is, and how much it shows.
///
/// On a loopback address it is open to this machine; `kubectl port-forward` reaches it there. On any other address a token is needed, which is
/// made at the start unless there is a file with one, and goes over plain HTTP.
///
/// ```
/// use kube_runtime::endpoint::Admin;
///
/// let admin = Admin::at("127.0.0.1:8090").keys(50);
/// assert_eq!((admin.keys, admin.errors), (50, 50));
/// ```
#[must_use = "it is given to `Operator::admin`"]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Admin {
    /// `ADDRESS:PORT`, or `:PORT` for all addresses of this machine. `0` is nowhere.
    pub address: String,
    /// A file whose first line is the token, at least 16 characters; it is needed on a loopback address too, then.
    pub token_file: Option<PathBuf>,
    /// So many keys of each queue are shown. 200.
    pub keys: usize,
    /// So many of the last failures of each controller are kept and shown. 50.
    pub errors: usize,
}

impl Admin {
    /// The live page there.
    pub fn at(address: impl Into<String>) -> Self {
        Self { address: address.into(), token_file: None, keys: 200, errors: 50 }
    }

    /// The token is the first line of this file.
    pub fn token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.token_file = Some(path.into());
        self
    }

    /// So many keys of each queue are shown.
    pub fn keys(mut self, keys: usize) -> Self {
        self.keys = keys;
        self
    }

    /// So many of the last failures of each controller are kept and shown.
    pub fn errors(mut self, errors: usize) -> Self {
        self.errors = errors;
        self
    }
}

impl From<&str> for Admin {
    fn from(address: &str) -> Self {
        Self::at(address)
    }
}

impl From<String> for Admin {
    fn from(address: String) -> Self {
        Self::at(address)
    }
}

/// The live page of one operator, at an address that is open. Clones are the same.
#[derive(Clone)]
pub(crate) struct Site(Arc<Inner>);

struct Inner {
    vitals: Vitals,
    gate: Gate,
    bounds: Bounds,
}

impl Site {
    /// What `admin` says, at the address that was opened for it.
    ///
    /// # Errors
    /// A token file that cannot be read, or holds no token.
    pub(crate) async fn new(admin: &Admin, address: SocketAddr, vitals: Vitals) -> Result<Self> {
        let loopback = address.ip().to_canonical().is_loopback();
        let token = match &admin.token_file {
            Some(path) => Some(Token::read(path).await?),
            None if loopback => None,
            None => Some(Token::random()),
        };
        let (gate, bounds) = (Gate { loopback, token }, Bounds { keys: admin.keys });
        Ok(Self(Arc::new(Inner { vitals, gate, bounds })))
    }

    /// What a person opens in a browser. It holds the token if that was made here: it is for whoever started this, and nobody else.
    pub(crate) fn url(&self, address: SocketAddr) -> String {
        let host = match address.ip() {
            ip if ip.is_unspecified() => format!("localhost:{}", address.port()),
            _ => address.to_string(),
        };
        match self.0.gate.token.as_ref().and_then(Token::shown) {
            // What follows `#` stays in the browser.
            Some(token) => format!("http://{host}/#token={token}"),
            None => format!("http://{host}/"),
        }
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Site").field("gate", &self.0.gate).finish_non_exhaustive()
    }
}

/// What is wrong with a file that should hold a token.
fn unusable(path: &std::path::Path, error: impl Into<Error>) -> Error {
    error.into().context(format!(
        "failed to read the token of the live page from `{}` (`--admin-token-file`)",
        path.display()
    ))
}
