//! How the port proves who it is: files or nothing in, what accepts TLS connections out.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::Secure;
use crate::error::Error;
use crate::error::Result;
use crate::error::chain;

/// How often the files are looked at, when somebody connects.
const EVERY: Duration = Duration::from_secs(10);

/// A certificate with its key, and where it came from.
pub(in crate::endpoint) struct Certificate {
    folder: Option<PathBuf>,
    /// The bytes of both files.
    files: (Vec<u8>, Vec<u8>),
    looked: Instant,
    acceptor: TlsAcceptor,
}

impl Certificate {
    /// That of the folder, or one that is made now.
    ///
    /// # Errors
    /// Files that cannot be read, or are no certificate with its key; a program without TLS.
    pub(in crate::endpoint) async fn new(secure: &Secure) -> Result<Self> {
        let (files, acceptor) = match &secure.certificates {
            Some(folder) => {
                let files = read(folder).await?;
                let acceptor = of_files(folder, &files)?;
                (files, acceptor)
            }
            None => (Default::default(), self_made()?),
        };
        let folder = secure.certificates.clone();
        Ok(Self { folder, files, looked: Instant::now(), acceptor })
    }

    /// What accepts a connection now.
    pub(in crate::endpoint) async fn acceptor(&mut self, now: Instant) -> TlsAcceptor {
        if let Some(folder) = &self.folder
            && now.saturating_duration_since(self.looked) >= EVERY
        {
            self.looked = now;
            let renewed = match read(folder).await {
                Ok(files) if files == self.files => None,
                Ok(files) => Some(of_files(folder, &files).map(|acceptor| (files, acceptor))),
                Err(error) => Some(Err(error)),
            };
            match renewed {
                None => {}
                Some(Ok((files, acceptor))) => {
                    tracing::info!(folder = %folder.display(), "the certificate for metrics was renewed");
                    (self.files, self.acceptor) = (files, acceptor);
                }
                Some(Err(error)) => {
                    tracing::warn!("the old certificate for metrics stays: {}", chain(&error));
                }
            }
        }
        self.acceptor.clone()
    }
}

async fn read(folder: &Path) -> Result<(Vec<u8>, Vec<u8>)> {
    let read = async |name: &str| {
        let path = folder.join(name);
        tokio::fs::read(&path).await.map_err(|error| {
            let told = format!(
                "failed to read `{}` (`--metrics-cert-path` is a folder with `tls.crt` and `tls.key`)",
                path.display()
            );
            Error::from(error).context(told)
        })
    };
    Ok((read("tls.crt").await?, read("tls.key").await?))
}

fn of_files(folder: &Path, (certificate, key): &(Vec<u8>, Vec<u8>)) -> Result<TlsAcceptor> {
    let failed = |why: &str| {
        Error::msg(format!(
            "failed to use the certificate for metrics in `{}`: {why}",
            folder.display()
        ))
    };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<_, _>>()
        .map_err(|_| failed("`tls.crt` is no PEM certificate"))?;
    // The parser's words are dropped: what they quote may be the key.
    let key = PrivateKeyDer::from_pem_slice(key)
        .map_err(|_| failed("`tls.key` is no PEM private key"))?;
    accepting(chain, key).map_err(|error| failed(&error.to_string()))
}

/// A certificate for this host, which whoever connects cannot check.
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
fn self_made() -> Result<TlsAcceptor> {
    let host = hostname::get().ok().and_then(|name| name.into_string().ok());
    let names = ["localhost".to_owned()].into_iter().chain(host);
    let made = rcgen::generate_simple_self_signed(names.collect::<Vec<_>>())?;
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(Error::msg)?;
    accepting(vec![made.cert.der().clone()], key)
}

#[cfg(not(any(feature = "aws-lc-rs", feature = "ring")))]
fn self_made() -> Result<TlsAcceptor> {
    accepting(Vec::new(), PrivateKeyDer::Pkcs8(Vec::new().into()))
}

fn accepting(
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
        "metrics cannot be secure: this program was built without TLS: enable the feature `aws-lc-rs` or `ring`",
    ))
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Certificate").field("folder", &self.folder).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(folder.join("tls.crt"), made.cert.pem()).unwrap();
        std::fs::write(folder.join("tls.key"), made.signing_key.serialize_pem()).unwrap();
    }

    #[tokio::test]
    async fn a_renewed_certificate_is_served_and_one_that_cannot_be_leaves_the_old_one() {
        let folder = std::env::temp_dir().join(format!("kube-runtime-tls-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let secure = Secure::default().certificates(&folder);
        let missing = chain(&Certificate::new(&secure).await.unwrap_err());
        let path = folder.join("tls.crt");
        assert!(
            missing.starts_with(&format!("failed to read `{}` (", path.display())),
            "{missing}"
        );
        write(&folder);
        let mut certificate = Certificate::new(&secure).await.unwrap();
        let (first, begun) = (certificate.files.clone(), certificate.looked);
        write(&folder);
        certificate.acceptor(begun + EVERY - Duration::from_nanos(1)).await;
        assert!(certificate.files == first, "nobody has looked yet");
        certificate.acceptor(begun + EVERY).await;
        let second = certificate.files.clone();
        assert!(second != first, "it was renewed");
        std::fs::write(folder.join("tls.key"), "a-secret").unwrap();
        certificate.acceptor(begun + 2 * EVERY).await;
        assert!(certificate.files == second, "the old one stays");
        let broken = chain(&Certificate::new(&secure).await.unwrap_err());
        assert!(broken.ends_with("`tls.key` is no PEM private key"), "{broken}");
        assert!(!broken.contains("secret"), "{broken}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
