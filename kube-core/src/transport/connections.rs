//! Which connections carry a request: who we are in, the pools that are ours as that out.
//!
//! Promises:
//! - A new client certificate takes the place of the old one without a request that fails: what is on its way ends on the
//!   old connections, what comes goes over new ones.
//! - Files of certificates and keys are looked at once a minute, and at once when the server refuses us or cannot be
//!   trusted. What cannot be read or does not fit together changes nothing.
//! - A watch on old connections ends between two events, so that it is opened again as who we are now.
//!
//! Mirrors: client-go transport/cert_rotation.go, transport/ca_rotation.go, util/connrotation
//! Differs: client-go cuts the old connections, whatever they carry.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rustls::ClientConfig;
use tokio::time::Instant;

use crate::auth::Proof;
use crate::config::ClientCertificate;
use crate::config::FilesLook;
use crate::config::Observer;
use crate::config::Tls;
use crate::tls;

use super::carrier::Carrier;
use super::error::TransportError;
use super::files;
use super::pool::Pools;
use super::route::Shape;

/// After the server has refused us, the files are looked at again at most so often.
const AGAIN: Duration = Duration::from_secs(1);
/// Nobody waits longer than this century for the next look.
const LATE: Duration = Duration::from_secs(1 << 31);

/// Makes one more carrier, that is, one more connection.
type Make = Arc<dyn Fn(&ClientConfig, Shape) -> Result<Carrier, TransportError> + Send + Sync>;

/// The connections to one server.
pub(super) struct Connections {
    make: Make,
    server: String,
    user: String,
    http2: bool,
    observer: Observer,
    current: Mutex<Current>,
}

struct Current {
    /// What the configuration says, and its files said when they were read last.
    tls: Tls,
    look_at: Instant,
    look_again: Instant,
    own: Arc<Pools>,
    /// Those with a certificate that a plugin brought.
    brought: Option<(Arc<ClientCertificate>, Arc<Pools>)>,
}

impl Connections {
    /// No connection is made before the first request.
    pub(super) fn new(
        tls: Tls,
        http2: bool,
        observer: Observer,
        (server, user): (&str, &str),
        make: impl Fn(&ClientConfig, Shape) -> Result<Carrier, TransportError> + Send + Sync + 'static,
    ) -> Result<Self, TransportError> {
        let make: Make = Arc::new(make);
        let own = Arc::new(pools(&make, http2, &tls, server)?);
        let now = Instant::now();
        let look_at = now + tls.reload_every.min(LATE);
        let current = Mutex::new(Current { tls, look_at, look_again: now, own, brought: None });
        let (server, user) = (server.to_owned(), user.to_owned());
        Ok(Self { make, server, user, http2, observer, current })
    }

    /// Those that prove us to be this.
    pub(super) fn of(&self, proof: &Proof) -> Result<Arc<Pools>, TransportError> {
        let mut current = self.current.lock();
        let Some(certificate) = &proof.certificate else { return Ok(Arc::clone(&current.own)) };
        if let Some((known, pools)) = &current.brought
            && known == certificate
        {
            return Ok(Arc::clone(pools));
        }
        let pools = Arc::new(self.with(&current.tls, certificate)?);
        let brought = (Arc::clone(certificate), Arc::clone(&pools));
        if let Some((_, old)) = current.brought.replace(brought) {
            tracing::debug!(user = self.user, "the client certificate has changed");
            old.retire();
        }
        Ok(pools)
    }

    /// New ones with a certificate that a plugin brought.
    fn with(
        &self,
        tls: &Tls,
        certificate: &Arc<ClientCertificate>,
    ) -> Result<Pools, TransportError> {
        let tls = Tls { client: Some(Arc::clone(certificate)), ..tls.clone() };
        pools(&self.make, self.http2, &tls, &self.server)
    }

    /// Looks whether the files have changed, if it is time to or `at_once`. Whether other connections are used now.
    pub(super) async fn reload(&self, at_once: bool) -> bool {
        let (known, own) = {
            let mut current = self.current.lock();
            if current.tls.authority_file.is_none() && current.tls.client_files.is_none() {
                return false;
            }
            let now = Instant::now();
            let due = if at_once { current.look_again } else { current.look_at };
            if now < due {
                return false;
            }
            // Others go on with what there is.
            current.look_again = now + AGAIN;
            current.look_at = now + current.tls.reload_every.min(LATE);
            (current.tls.clone(), Arc::clone(&current.own))
        };
        let made = match files::read(&known).await {
            Ok(None) => {
                self.observer.files(FilesLook::Same);
                return false;
            }
            Ok(Some(tls)) => pools(&self.make, self.http2, &tls, &self.server)
                .map(|pools| (tls, pools))
                .map_err(|error| error.to_string()),
            Err(reason) => Err(reason),
        };
        let (tls, pools) = match made {
            Ok(made) => made,
            Err(reason) => {
                self.observer.files(FilesLook::Unusable);
                tracing::warn!(
                    user = self.user,
                    reason,
                    "the certificates that were read last stay in use"
                );
                return false;
            }
        };
        self.observer.files(FilesLook::Changed);
        tracing::debug!(
            server = self.server,
            user = self.user,
            "the files of certificates have changed"
        );
        let as_another = tls.client != known.client;
        {
            let mut current = self.current.lock();
            let pools = if as_another { pools } else { pools.after(&own) };
            current.brought = current.brought.take().and_then(|(certificate, old)| {
                let pools = self.with(&tls, &certificate).ok()?;
                Some((certificate, Arc::new(pools.after(&old))))
            });
            (current.tls, current.own) = (tls, Arc::new(pools));
        }
        // Others go on until they end: they were trusted when they began.
        if as_another {
            own.retire();
        }
        true
    }
}

fn pools(make: &Make, http2: bool, tls: &Tls, server: &str) -> Result<Pools, TransportError> {
    let template = tls::template(tls, server)
        .map_err(|reason| TransportError::Tls { server: server.to_owned(), reason })?;
    let make = Arc::clone(make);
    Pools::new(Box::new(move |shape| make(&template, shape)), http2)
}
