//! Connections that clients of one program share: configurations in, for equal ways to a server the same connections out.
//!
//! Mirrors: client-go transport/cache.go
//! Differs: it belongs to whoever made it and not to the process; users with other tokens share connections, as a token is no part of one.

use std::fmt;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::connections::Connections;
use super::error::TransportError;
use super::way::Way;

/// Shares connections among clients whose configurations lead to a server in the same way. Cheap to clone; clones share.
///
/// Without it each [`Client::new`](crate::Client::new) has connections of its own. Connections end with the last client that uses them.
/// A configuration with a credential plugin shares none, as the plugin may bring a client certificate.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> kube_core::Result<()> {
/// use kube_core::transport::Connector;
/// use kube_core::{Client, Config};
///
/// let connector = Connector::new();
/// let config = Config::new("https://10.0.0.1:6443")?;
/// let one = Client::through(&connector, config.clone().token("of jane"))?;
/// let other = Client::through(&connector, config.token("of joe"))?;
/// assert_eq!(connector.ways(), 1);
/// drop((one, other));
/// assert_eq!(connector.ways(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Connector(Arc<Mutex<Vec<Known>>>);

/// A way, and its connections for as long as somebody has them.
type Known = (Way, Weak<Connections>);

impl Connector {
    /// One that knows no connections yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many ways to servers there are, each with connections of its own.
    #[must_use]
    pub fn ways(&self) -> usize {
        let mut known = self.0.lock();
        known.retain(|(_, connections)| connections.strong_count() > 0);
        known.len()
    }

    /// The connections of this way, known or new.
    pub(super) fn connections(
        &self,
        way: &Way,
        user: &str,
    ) -> Result<Arc<Connections>, TransportError> {
        let mut known = self.0.lock();
        known.retain(|(_, connections)| connections.strong_count() > 0);
        let found = known.iter().find(|(other, _)| other.is(way));
        if let Some(connections) = found.and_then(|(_, connections)| connections.upgrade()) {
            return Ok(connections);
        }
        let connections = Arc::new(way.clone().connections(user)?);
        known.push((way.clone(), Arc::downgrade(&connections)));
        Ok(connections)
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connector({} ways)", self.ways())
    }
}
