//! An authority of one's own: a name and times in, its certificate and those that it signs out.
//!
//! Mirrors: client-go util/cert

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyUsagePurpose,
};

use crate::error::Result;

use super::Pair;
use super::error::CertificateError;
use super::key::PrivateKey;
use super::subject::{Signed, signed};
use super::template::Template;

const DAY: u64 = 24 * 60 * 60;

/// A self-signed certificate authority.
///
/// ```
/// # fn main() -> kube_core::Result<()> {
/// use std::time::{Duration, SystemTime};
/// use kube_core::certificates::{Authority, Template};
///
/// let now = SystemTime::now();
/// let year = Duration::from_secs(365 * 24 * 60 * 60);
/// let authority = Authority::new("my authority", now, now + year)?;
/// let server = Template::new("web").server_name("web.prod.svc");
/// let pair = authority.server(&server, now, now + year / 4)?;
/// assert!(pair.certificate().starts_with("-----BEGIN CERTIFICATE-----"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Authority {
    name: String,
    certificate: String,
    key: PrivateKey,
    since: SystemTime,
    until: SystemTime,
}

impl Authority {
    /// A new one with a key of its own. Times are in whole days, from the day before, as clocks differ, to the day after.
    ///
    /// # Errors
    /// This machine has no good source of randomness; the name cannot stand in a certificate.
    pub fn new(name: impl Into<String>, since: SystemTime, until: SystemTime) -> Result<Self> {
        Self::again(name, PrivateKey::generate()?, since, until)
    }

    /// One that was made before, from the same name, key and times.
    ///
    /// # Errors
    /// The name cannot stand in a certificate.
    pub fn again(
        name: impl Into<String>,
        key: PrivateKey,
        since: SystemTime,
        until: SystemTime,
    ) -> Result<Self> {
        let name = name.into();
        let params = params(&name, since, until)?;
        let certificate = params.self_signed(key.pair()).map_err(CertificateError::from)?.pem();
        Ok(Self { name, certificate, key, since, until })
    }

    /// Its certificate in PEM, which is what others trust.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Its key, with which anybody can be this authority.
    #[must_use]
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// Signs a certificate for a server, with a new key.
    ///
    /// # Errors
    /// The template cannot be a certificate.
    pub fn server(
        &self,
        template: &Template,
        since: SystemTime,
        until: SystemTime,
    ) -> Result<Pair> {
        self.sign(template, ExtendedKeyUsagePurpose::ServerAuth, (since, until))
    }

    /// Signs a certificate for a client, with a new key.
    ///
    /// # Errors
    /// The template cannot be a certificate.
    pub fn client(
        &self,
        template: &Template,
        since: SystemTime,
        until: SystemTime,
    ) -> Result<Pair> {
        self.sign(template, ExtendedKeyUsagePurpose::ClientAuth, (since, until))
    }

    fn sign(
        &self,
        template: &Template,
        usage: ExtendedKeyUsagePurpose,
        (since, until): (SystemTime, SystemTime),
    ) -> Result<Pair> {
        let key = PrivateKey::generate()?;
        let issuer = Issuer::new(params(&self.name, self.since, self.until)?, self.key.pair());
        let mut params = leaf(template, usage, (since, until))?;
        params.use_authority_key_identifier_extension = true;
        let made = params.signed_by(key.pair(), &issuer).map_err(CertificateError::from)?;
        let by = self.key.pair();
        Pair::new(signed(Signed::Certificate, made.der(), &template.subject(), by)?, key)
    }
}

pub(super) fn self_signed(
    template: &Template,
    since: SystemTime,
    until: SystemTime,
) -> Result<Pair> {
    let key = PrivateKey::generate()?;
    let params = leaf(template, ExtendedKeyUsagePurpose::ServerAuth, (since, until))?;
    let made = params.self_signed(key.pair()).map_err(CertificateError::from)?;
    let made = signed(Signed::Certificate, made.der(), &template.subject(), key.pair())?;
    Pair::new(made, key)
}

fn leaf(
    template: &Template,
    usage: ExtendedKeyUsagePurpose,
    (since, until): (SystemTime, SystemTime),
) -> Result<CertificateParams, CertificateError> {
    let mut params = template.params()?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    Ok(valid(params, since, until))
}

/// Never shows the key.
impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("name", &self.name)
            .field("since", &self.since)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// The same parameters each time: who signs is known by its name and its key.
fn params(
    name: &str,
    since: SystemTime,
    until: SystemTime,
) -> Result<CertificateParams, CertificateError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    Ok(valid(params, since, until))
}

fn valid(mut params: CertificateParams, since: SystemTime, until: SystemTime) -> CertificateParams {
    // Whole days, without a crate for times in our interface.
    let midnight = |time: SystemTime| {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let since = since.min(253_370_764_800) / DAY * DAY;
        rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(since)
    };
    let day = Duration::from_secs(DAY);
    params.not_before = midnight(since.checked_sub(day).unwrap_or(UNIX_EPOCH));
    params.not_after = midnight(until.checked_add(day).unwrap_or(until));
    params
}

#[cfg(test)]
mod tests {
    use x509_parser::prelude::*;

    use super::*;

    #[test]
    fn what_is_signed_says_of_whom_it_is_by_whom_for_what_and_until_when() {
        let day = |number: u64| UNIX_EPOCH + Duration::from_secs(number * DAY);
        let now = day(20_000) + Duration::from_secs(5 * 60 * 60);
        let until = day(20_010) + Duration::from_secs(5 * 60 * 60);
        let authority = Authority::new("an authority", now, until).unwrap();
        let (_, own) = parse_x509_pem(authority.certificate().as_bytes()).unwrap();
        let own = own.parse_x509().unwrap();
        assert_eq!([own.subject(), own.issuer()].map(ToString::to_string), ["CN=an authority"; 2]);
        own.verify_signature(None).unwrap();
        let constraints = own.basic_constraints().unwrap().unwrap().value;
        assert_eq!((constraints.ca, constraints.path_len_constraint), (true, Some(0)));
        let usage = own.key_usage().unwrap().unwrap().value;
        assert!(usage.key_cert_sign() && usage.digital_signature() && !usage.crl_sign());
        let days = |certificate: &X509Certificate<'_>| {
            let validity = certificate.validity();
            let day = i64::try_from(DAY).unwrap();
            (validity.not_before.timestamp() / day, validity.not_after.timestamp() / day)
        };
        assert_eq!(days(&own), (19_999, 20_011));
        let holder = own.extensions().iter().find_map(|found| match found.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(key) => Some(key.0),
            _ => None,
        });

        let template = Template::new("jane").group("people").group("buyers");
        let soon = now + Duration::from_secs(DAY);
        for (pair, server) in [
            (authority.client(&template, now, soon).unwrap(), false),
            (authority.server(&template, now, soon).unwrap(), true),
        ] {
            let (_, leaf) = parse_x509_pem(pair.certificate().as_bytes()).unwrap();
            let leaf = leaf.parse_x509().unwrap();
            assert_eq!(leaf.subject().to_string(), "O=people, O=buyers, CN=jane");
            assert_eq!(leaf.issuer().to_string(), "CN=an authority");
            leaf.verify_signature(Some(own.public_key())).unwrap();
            assert_eq!((leaf.is_ca(), days(&leaf)), (false, (19_999, 20_002)));
            let usage = leaf.key_usage().unwrap().unwrap().value;
            assert!(usage.digital_signature() && !usage.key_cert_sign(), "{usage}");
            let purpose = leaf.extended_key_usage().unwrap().unwrap().value;
            assert_eq!((purpose.server_auth, purpose.client_auth), (server, !server));
            let by = leaf.extensions().iter().find_map(|found| match found.parsed_extension() {
                ParsedExtension::AuthorityKeyIdentifier(by) => by.key_identifier.as_ref(),
                _ => None,
            });
            assert_eq!(by.map(|key| key.0), holder);
        }
    }
}
