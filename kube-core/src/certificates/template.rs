//! What a certificate is to say: a name, groups, names and addresses of servers in, a request in PEM out.

use std::net::IpAddr;

use rcgen::{CertificateParams, SanType};

use crate::error::Result;

use super::error::CertificateError;
use super::key::PrivateKey;
use super::subject::{Signed, signed, subject};

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
        let request = request.map_err(CertificateError::from)?;
        Ok(signed(Signed::Request, request.der(), &self.subject(), key.pair())?)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its holder, who is not in the parameters.
    pub(super) fn subject(&self) -> Vec<u8> {
        subject(&self.name, &self.groups)
    }

    pub(super) fn params(&self) -> Result<CertificateParams, CertificateError> {
        if self.name.is_empty() {
            let reason = "the name of its holder is empty".to_owned();
            return Err(CertificateError::Make { reason });
        }
        let mut params = CertificateParams::new(self.names.clone())?;
        params.subject_alt_names.extend(self.addresses.iter().copied().map(SanType::IpAddress));
        Ok(params)
    }
}

#[cfg(test)]
mod tests {
    use x509_parser::prelude::*;

    use super::*;

    #[test]
    fn a_request_names_its_holder_all_groups_and_all_servers_and_is_signed() {
        let key = PrivateKey::generate().unwrap();
        let template = Template::new("jane").group("people").group("buyers");
        let request = template.server_name("web.prod.svc").address([10, 0, 0, 7].into());
        let request = request.request(&key).unwrap();
        let (_, pem) = parse_x509_pem(request.as_bytes()).unwrap();
        let (_, request) = X509CertificationRequest::from_der(&pem.contents).unwrap();
        let info = &request.certification_request_info;
        assert_eq!(info.subject.to_string(), "O=people, O=buyers, CN=jane");
        let names = request.requested_extensions().unwrap().find_map(|extension| match extension {
            ParsedExtension::SubjectAlternativeName(names) => {
                Some(format!("{:?}", names.general_names))
            }
            _ => None,
        });
        assert_eq!(names.unwrap(), "[DNSName(\"web.prod.svc\"), IPAddress([10, 0, 0, 7])]");
        // rcgen checks the signature.
        let pem = Template::new("jane").request(&key).unwrap();
        rcgen::CertificateSigningRequestParams::from_pem(&pem).unwrap();
    }
}
