//! What a certificate is to say: a name, groups, names and addresses of servers in, a request in PEM out.

use std::net::IpAddr;

use rcgen::{CertificateParams, DistinguishedName, DnType, SanType};

use crate::error::Result;

use super::error::CertificateError;
use super::key::PrivateKey;

/// What a certificate is to say of its holder.
///
/// ```
/// # fn main() -> kube_core::Result<()> {
/// use kube_core::certificates::{PrivateKey, Template};
///
/// let key = PrivateKey::generate()?;
/// let request = Template::new("jane").group("developers").request(&key)?;
/// assert!(request.starts_with("-----BEGIN CERTIFICATE REQUEST-----"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    name: String,
    groups: Vec<String>,
    names: Vec<String>,
    addresses: Vec<IpAddr>,
}

impl Template {
    /// For a holder of this name: to an API server, the user's.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// One more group of the user.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.groups.push(group.into());
        self
    }

    /// One more name of the server, as `web.prod.svc`.
    #[must_use]
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.names.push(name.into());
        self
    }

    /// One more address of the server.
    #[must_use]
    pub fn address(mut self, address: IpAddr) -> Self {
        self.addresses.push(address);
        self
    }

    /// A request to sign a certificate for this key, in PEM.
    ///
    /// # Errors
    /// The name is empty, or one of the server's names is none.
    pub fn request(&self, key: &PrivateKey) -> Result<String> {
        let request = self.params()?.serialize_request(key.pair());
        let pem = request.and_then(|request| request.pem()).map_err(CertificateError::from)?;
        Ok(pem)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn params(&self) -> Result<CertificateParams, CertificateError> {
        if self.name.is_empty() {
            let reason = "the name of its holder is empty".to_owned();
            return Err(CertificateError::Make { reason });
        }
        let mut params = CertificateParams::new(self.names.clone())?;
        params.distinguished_name = DistinguishedName::new();
        for group in &self.groups {
            params.distinguished_name.push(DnType::OrganizationName, group.as_str());
        }
        params.distinguished_name.push(DnType::CommonName, self.name.as_str());
        params.subject_alt_names.extend(self.addresses.iter().copied().map(SanType::IpAddress));
        Ok(params)
    }
}
