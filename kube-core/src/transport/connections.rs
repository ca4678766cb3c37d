//! Which connections carry a request: who we are in, the pools that are ours as that out.
//!
//! Promises:
//! - A new client certificate takes the place of the old one without a request that fails: what is on its way ends on the
//!   old connections, what comes goes over new ones.
//! - A watch on old connections ends between two events, so that it is opened again as who we are now.
//!
//! Mirrors: client-go transport/cert_rotation.go, util/connrotation
//! Differs: client-go cuts the old connections, whatever they carry.

use std::sync::Arc;

use parking_lot::Mutex;
use rustls::ClientConfig;

use crate::auth::Proof;
use crate::config::ClientCertificate;
use crate::config::Tls;
use crate::tls;

use super::error::TransportError;
use super::pool::Pools;

/// Makes one more client, that is, one more connection.
type Make = Arc<dyn Fn(&ClientConfig) -> reqwest::ClientBuilder + Send + Sync>;

/// The connections to one server.
pub(super) struct Connections {
    make: Make,
    server: String,
    user: String,
    current: Mutex<Current>,
}

struct Current {
    /// What the configuration says.
    tls: Tls,
    own: Arc<Pools>,
    /// Those with a certificate that a plugin brought.
    brought: Option<(Arc<ClientCertificate>, Arc<Pools>)>,
}

impl Connections {
    /// No connection is made before the first request.
    pub(super) fn new(
        tls: Tls,
        server: &str,
        user: &str,
        make: impl Fn(&ClientConfig) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Result<Self, TransportError> {
        let make: Make = Arc::new(make);
        let own = Arc::new(pools(&make, &tls, server)?);
        let current = Mutex::new(Current { tls, own, brought: None });
        Ok(Self { make, server: server.to_owned(), user: user.to_owned(), current })
    }

    /// Those that prove us to be this.
    pub(super) fn of(&self, proof: &Proof) -> Result<Arc<Pools>, TransportError> {
        let mut current = self.current.lock();
        let Some(certificate) = &proof.certificate else { return Ok(Arc::clone(&current.own)) };
        if let Some((known, pools)) = &current.brought
            && (Arc::ptr_eq(known, certificate) || known.is(certificate))
        {
            return Ok(Arc::clone(pools));
        }
        let tls = Tls { client: Some(Arc::clone(certificate)), ..current.tls.clone() };
        let pools = Arc::new(pools(&self.make, &tls, &self.server)?);
        let brought = (Arc::clone(certificate), Arc::clone(&pools));
        if let Some((_, old)) = current.brought.replace(brought) {
            tracing::debug!(user = self.user, "the client certificate has changed");
            old.retire();
        }
        Ok(pools)
    }
}

fn pools(make: &Make, tls: &Tls, server: &str) -> Result<Pools, TransportError> {
    let template = tls::template(tls, server)
        .map_err(|reason| TransportError::Tls { server: server.to_owned(), reason })?;
    let make = Arc::clone(make);
    Pools::new(Box::new(move || make(&template)), server)
}
