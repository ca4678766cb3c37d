//! How the server proves who it is: a configuration's TLS part in, one rustls template out.
//!
//! Nothing relies on a process-wide default provider: two libraries in one program may want different ones.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use secrecy::ExposeSecret as _;

use crate::config::ClientCertificate;
use crate::config::Tls;

/// What all connections to this server share; what cannot be used is said in words.
pub(crate) fn template(tls: &Tls, server: &str) -> Result<ClientConfig, String> {
    let provider = provider().ok_or_else(|| {
        "this program was built without TLS: enable the feature `aws-lc-rs` or `ring`".to_owned()
    })?;
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = if tls.insecure {
        tracing::warn!(server, "the server's certificate is not checked: anybody can pose as it");
        let verifier = Arc::new(AnyCertificate(provider));
        builder.dangerous().with_custom_certificate_verifier(verifier)
    } else if !server.starts_with("https://") {
        // A machine without any authorities may still speak plain HTTP.
        builder.with_root_certificates(RootCertStore::empty())
    } else {
        let verifier: Arc<dyn ServerCertVerifier> =
            match &tls.authority {
                Some(pem) => {
                    let roots = Arc::new(roots(pem)?);
                    WebPkiServerVerifier::builder_with_provider(roots, provider)
                        .build()
                        .map_err(|error| format!("the certificate authority: {error}"))?
                }
                None => Arc::new(rustls_platform_verifier::Verifier::new(provider).map_err(
                    |error| format!("no certificate authorities of this system: {error}"),
                )?),
            };
        builder.dangerous().with_custom_certificate_verifier(verifier)
    };
    let mut config = match &tls.client {
        None => builder.with_no_client_auth(),
        Some(client) => {
            let (chain, key) = parts(client)?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| format!("certificate and key of the client: {error}"))?
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The cryptography that this program was built with.
pub(crate) fn provider() -> Option<Arc<CryptoProvider>> {
    #[cfg(feature = "aws-lc-rs")]
    return Some(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    #[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
    return Some(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
    None
}

/// Whether a client certificate and its key are PEM and belong together; what is wrong is said in words, without the key.
pub(crate) fn check(client: &ClientCertificate) -> Result<(), String> {
    let Some(provider) = provider() else { return Ok(()) };
    let (chain, key) = parts(client)?;
    rustls::sign::CertifiedKey::from_der(chain, key, &provider)
        .map(drop)
        .map_err(|error| format!("certificate and key of the client: {error}"))
}

fn parts(
    client: &ClientCertificate,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), String> {
    let chain = certificates(&client.certificate)
        .ok_or_else(|| "the client certificate is no PEM certificate".to_owned())?;
    // The parser's words are dropped: what they quote may be the key.
    let key = PrivateKeyDer::from_pem_slice(client.key.expose_secret().as_bytes())
        .map_err(|_| "the client key is no PEM private key".to_owned())?;
    Ok((chain, key))
}

/// The authorities of a PEM text.
pub(crate) fn roots(pem: &[u8]) -> Result<RootCertStore, String> {
    let authorities = certificates(pem)
        .ok_or_else(|| "the certificate authority is no PEM certificate".to_owned())?;
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        roots.add(authority).map_err(|error| format!("the certificate authority: {error}"))?;
    }
    Ok(roots)
}

/// All certificates of a PEM text; none is a mistake.
fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().ok()?;
    (!found.is_empty()).then_some(found)
}

/// Accepts any certificate, as `insecure-skip-tls-verify` asks.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
