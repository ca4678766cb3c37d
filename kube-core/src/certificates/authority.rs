//! An authority of one's own: a name and times in, its certificate and those that it signs out.
//!
//! Mirrors: client-go util/cert

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyUsagePurpose,
};

use crate::error::Result;

use super::Pair;
use super::error::CertificateError;
use super::key::PrivateKey;
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
        let signed = params.signed_by(key.pair(), &issuer).map_err(CertificateError::from)?;
        Pair::new(signed.pem(), key)
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
    Pair::new(made.pem(), key)
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
    params.distinguished_name = DistinguishedName::new();
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
