//! How a port proves who it is: files, a certificate that is made and kept, or one that nobody can check in; what accepts TLS connections out.

mod accept;
mod folder;

use std::fmt;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

pub(crate) use accept::accepting;
pub(crate) use accept::self_made;
pub(crate) use folder::Certificate;
pub(crate) use folder::Purpose;

/// Where the certificate of a port comes from.
pub(crate) enum Identity {
    /// Files, or one that was made at the start.
    Files(Certificate),
    /// Whoever renews it says so here.
    Kept(watch::Receiver<TlsAcceptor>),
}

impl Identity {
    /// What accepts a connection now.
    pub(crate) async fn acceptor(&mut self, now: Instant) -> TlsAcceptor {
        match self {
            Self::Files(certificate) => certificate.acceptor(now).await,
            Self::Kept(acceptor) => acceptor.borrow().clone(),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Files(certificate) => certificate.fmt(formatter),
            Self::Kept(_) => formatter.write_str("Kept(..)"),
        }
    }
}
