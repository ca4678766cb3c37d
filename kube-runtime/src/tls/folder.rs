//! A certificate that is renewed on disk: a folder in, what accepts TLS connections now out.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::accepting;
use super::self_made;
use crate::error::Error;
use crate::error::Result;
use crate::error::chain;

/// How often the files are looked at, when somebody connects.
const EVERY: Duration = Duration::from_secs(10);

/// What a certificate is for, and the flag that says where it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Purpose {
    pub(crate) what: &'static str,
    pub(crate) flag: &'static str,
}

/// A certificate with its key, and where it came from.
pub(crate) struct Certificate {
    purpose: Purpose,
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
    pub(crate) async fn new(purpose: Purpose, folder: Option<&Path>) -> Result<Self> {
        let (files, acceptor) = match folder {
            Some(folder) => {
                let files = read(purpose, folder).await?;
                let acceptor = of_files(purpose, folder, &files)?;
                (files, acceptor)
            }
            None => (Default::default(), self_made()?),
        };
        let folder = folder.map(Path::to_owned);
        Ok(Self { purpose, folder, files, looked: Instant::now(), acceptor })
    }

    /// What accepts a connection now.
    pub(crate) async fn acceptor(&mut self, now: Instant) -> TlsAcceptor {
        if let Some(folder) = &self.folder
            && now.saturating_duration_since(self.looked) >= EVERY
        {
            self.looked = now;
            let (purpose, what) = (self.purpose, self.purpose.what);
            let renewed = match read(purpose, folder).await {
                Ok(files) if files == self.files => None,
                Ok(files) => {
                    Some(of_files(purpose, folder, &files).map(|acceptor| (files, acceptor)))
                }
                Err(error) => Some(Err(error)),
            };
            match renewed {
                None => {}
                Some(Ok((files, acceptor))) => {
                    tracing::info!(folder = %folder.display(), "the certificate for {what} was renewed");
                    (self.files, self.acceptor) = (files, acceptor);
                }
                Some(Err(error)) => {
                    tracing::warn!("the old certificate for {what} stays: {}", chain(&error));
                }
            }
        }
        self.acceptor.clone()
    }
}

async fn read(purpose: Purpose, folder: &Path) -> Result<(Vec<u8>, Vec<u8>)> {
    let read = async |name: &str| {
        let path = folder.join(name);
        tokio::fs::read(&path).await.map_err(|error| {
            let told = format!(
                "failed to read `{}` (`{}` is a folder with `tls.crt` and `tls.key`)",
                path.display(),
                purpose.flag
            );
            Error::from(error).context(told)
        })
    };
    Ok((read("tls.crt").await?, read("tls.key").await?))
}

fn of_files(
    purpose: Purpose,
    folder: &Path,
    (certificate, key): &(Vec<u8>, Vec<u8>),
) -> Result<TlsAcceptor> {
    let failed = |why: &str| {
        Error::msg(format!(
            "failed to use the certificate for {} in `{}`: {why}",
            purpose.what,
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

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Certificate").field("folder", &self.folder).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use kube_core::certificates::Pair;
    use kube_core::certificates::Template;

    use super::*;

    fn write(folder: &Path) {
        let (template, now) = (Template::new("localhost"), SystemTime::now());
        let made = Pair::self_signed(&template, now, now + Duration::from_secs(3600)).unwrap();
        std::fs::write(folder.join("tls.crt"), made.certificate()).unwrap();
        std::fs::write(folder.join("tls.key"), made.key().expose_pem()).unwrap();
    }

    #[tokio::test]
    async fn a_renewed_certificate_is_served_and_one_that_cannot_be_leaves_the_old_one() {
        let folder = std::env::temp_dir().join(format!("kube-runtime-tls-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let metrics = Purpose { what: "metrics", flag: "--metrics-cert-path" };
        let missing = chain(&Certificate::new(metrics, Some(&folder)).await.unwrap_err());
        let path = folder.join("tls.crt");
        assert!(
            missing.starts_with(&format!("failed to read `{}` (", path.display())),
            "{missing}"
        );
        write(&folder);
        let mut certificate = Certificate::new(metrics, Some(&folder)).await.unwrap();
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
        let broken = chain(&Certificate::new(metrics, Some(&folder)).await.unwrap_err());
        assert!(broken.ends_with("`tls.key` is no PEM private key"), "{broken}");
        assert!(!broken.contains("secret"), "{broken}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
