//! A private key: nothing or a PEM text in, a key that is never printed out.
//!
//! Mirrors: client-go util/keyutil

use std::fmt;
use std::sync::Arc;

use rcgen::{KeyPair, PublicKeyData as _};
use secrecy::SecretString;

use crate::error::Result;

use super::error::CertificateError;

/// A private key, ECDSA on P-256 if it was made here. Cheap to clone.
#[derive(Clone)]
pub struct PrivateKey(Arc<KeyPair>);

impl PrivateKey {
    /// A new key.
    ///
    /// # Errors
    /// This machine has no good source of randomness.
    pub fn generate() -> Result<Self> {
        let made = KeyPair::generate();
        let made =
            made.map_err(|error| CertificateError::Generate { reason: error.to_string() })?;
        Ok(Self(Arc::new(made)))
    }

    /// A key in PEM (PKCS #8).
    ///
    /// # Errors
    /// It is none; the error does not quote it.
    pub fn from_pem(pem: &str) -> Result<Self> {
        let key = KeyPair::from_pem(pem).map_err(|_| CertificateError::Key)?;
        Ok(Self(Arc::new(key)))
    }

    /// The key in PEM (PKCS #8): a secret, from here on in the hands of whoever asked.
    #[must_use]
    pub fn expose_pem(&self) -> String {
        self.0.serialize_pem()
    }

    /// Its public half in PEM, which is no secret.
    #[must_use]
    pub fn public_pem(&self) -> String {
        self.0.public_key_pem()
    }

    pub(super) fn to_pem(&self) -> SecretString {
        SecretString::from(self.expose_pem())
    }

    pub(super) fn pair(&self) -> &KeyPair {
        &self.0
    }
}

impl PartialEq for PrivateKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.subject_public_key_info() == other.0.subject_public_key_info()
    }
}

impl Eq for PrivateKey {}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}
