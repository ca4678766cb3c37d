//! What accepts TLS connections: a certificate chain and its key in, an acceptor out.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

use crate::error::Error;
use crate::error::Result;

/// A certificate for this host, which whoever connects cannot check.
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
pub(crate) fn self_made() -> Result<TlsAcceptor> {
    let host = hostname::get().ok().and_then(|name| name.into_string().ok());
    let names = ["localhost".to_owned()].into_iter().chain(host);
    let made = rcgen::generate_simple_self_signed(names.collect::<Vec<_>>())?;
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(Error::msg)?;
    accepting(vec![made.cert.der().clone()], key)
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
    Err(Error::msg(
        "this program was built without TLS, so it serves nothing by HTTPS: enable the feature `aws-lc-rs` or `ring`",
    ))
}
