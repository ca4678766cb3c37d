//! Certificates: a name or names in, keys, requests for a signature, and certificates that are renewed before their end out.
//!
//! - [`PrivateKey`], [`Template`]: a key, and what a certificate is to say.
//! - [`SigningRequests`]: a cluster signs, after somebody has approved.
//! - [`Rotation`]: a certificate that is always there and always good, in a [`Store`].
//! - [`Authority`]: an authority of one's own, and certificates for servers that it signs.
//!
//! Mirrors: client-go util/certificate, util/cert, util/keyutil
//! Differs: a certificate is renewed by a future that somebody owns and may drop; a store is a trait, with files or a Secret behind it.

mod authority;
mod error;
mod files;
mod key;
mod requests;
mod rotation;
mod run;
mod secret;
mod store;
mod subject;
mod template;
mod validity;

use std::fmt;
use std::time::SystemTime;

use crate::error::Result;

pub use authority::Authority;
pub use files::FileStore;
pub use key::PrivateKey;
pub use requests::Ask;
pub use requests::SigningRequests;
pub use requests::Usage;
pub use run::Rotation;
pub use secret::SecretStore;
pub use store::Store;
pub use template::Template;

use error::CertificateError;
use validity::Validity;

/// A certificate and its key.
#[derive(Clone, PartialEq, Eq)]
pub struct Pair {
    certificate: String,
    key: PrivateKey,
    validity: Validity,
}

impl Pair {
    /// A chain of certificates in PEM, the own one first, and the key of that.
    ///
    /// # Errors
    /// It is no PEM certificate, or the key is another one's.
    pub fn new(certificate: impl Into<String>, key: PrivateKey) -> Result<Self> {
        let certificate = certificate.into();
        let client = crate::config::ClientCertificate {
            certificate: certificate.as_bytes().into(),
            key: key.to_pem(),
        };
        crate::tls::check(&client).map_err(|reason| CertificateError::Pair { reason })?;
        let validity = Validity::of(&certificate).ok_or_else(|| CertificateError::Pair {
            reason: "the certificate does not say until when it is good".to_owned(),
        })?;
        Ok(Self { certificate, key, validity })
    }

    /// A certificate for a server that nobody vouches for, with a new key: for whoever does not check.
    ///
    /// # Errors
    /// The template cannot be a certificate.
    pub fn self_signed(template: &Template, since: SystemTime, until: SystemTime) -> Result<Self> {
        authority::self_signed(template, since, until)
    }

    /// The certificates in PEM, the own one first.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// From when on it is good.
    #[must_use]
    pub fn not_before(&self) -> SystemTime {
        self.validity.not_before
    }

    /// Until when it is good.
    #[must_use]
    pub fn not_after(&self) -> SystemTime {
        self.validity.not_after
    }
}

/// Never shows the key.
impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair")
            .field("not_before", &self.validity.not_before)
            .field("not_after", &self.validity.not_after)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
