//! What accepts TLS connections: a certificate chain and its key in, an acceptor out.

use std::sync::Arc;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use std::time::{Duration, SystemTime};

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use kube_core::certificates::{Pair, Template};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
use rustls::pki_types::pem::PemObject as _;
use tokio_rustls::TlsAcceptor;

use crate::error::Result;

/// How long a certificate is good that nobody checks.
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// A certificate for this host, which whoever connects cannot check.
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
pub(crate) fn self_made() -> Result<TlsAcceptor> {
    let host = hostname::get().ok().and_then(|name| name.into_string().ok());
    let template = Template::new("localhost").server_name("localhost");
    let template = host.into_iter().fold(template, |template, name| template.server_name(name));
    // Nobody checks how old it is either, so that it needs no clock.
    let (since, until) = (SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + CENTURY);
    let made = Pair::self_signed(&template, since, until)?;
    let key = PrivateKeyDer::from_pem_slice(made.key().expose_pem().as_bytes())?;
    accepting(vec![CertificateDer::from_pem_slice(made.certificate().as_bytes())?], key)
}

#[cfg(not(any(feature = "aws-lc-rs", feature = "ring")))]
pub(crate) fn self_made() -> Result<TlsAcceptor> {
    accepting(Vec::new(), PrivateKeyDer::Pkcs8(Vec::new().into()))
}

pub(crate) fn accepting(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<TlsAcceptor> {
    let mut config = ServerConfig::builder_with_provider(provider()?)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The cryptography that this program was built with.
fn provider() -> Result<Arc<CryptoProvider>> {
    #[cfg(feature = "aws-lc-rs")]
    return Ok(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    #[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
    return Ok(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
    Err(crate::error::Error::msg(
        "this program was built without TLS, so it serves nothing by HTTPS: enable the feature `aws-lc-rs` or `ring`",
    ))
}
