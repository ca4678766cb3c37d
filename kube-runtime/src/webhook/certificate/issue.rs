//! Makes keys and signs: a name or names and when it ends in, PEM out.

use jiff::Timestamp;

use super::Authority;
use super::Leaf;
use crate::error::Result;

/// An authority and a certificate are made of this.
pub(super) trait Issue {
    /// A new authority.
    fn authority(&self, since: Timestamp, expires: Timestamp) -> Result<Authority>;

    /// A certificate for these names, signed by an authority.
    fn leaf(&self, names: &[String], expires: Timestamp, by: &Authority) -> Result<Leaf>;
}

/// By rcgen.
pub(super) struct Rcgen;

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
mod made {
    use jiff::Timestamp;
    use jiff::ToSpan as _;
    use jiff::tz::TimeZone;
    use rcgen::BasicConstraints;
    use rcgen::CertificateParams;
    use rcgen::DistinguishedName;
    use rcgen::DnType;
    use rcgen::ExtendedKeyUsagePurpose;
    use rcgen::IsCa;
    use rcgen::Issuer;
    use rcgen::KeyPair;
    use rcgen::KeyUsagePurpose;

    use super::Authority;
    use super::Issue;
    use super::Leaf;
    use super::Rcgen;
    use crate::error::Result;

    impl Issue for Rcgen {
        fn authority(&self, since: Timestamp, expires: Timestamp) -> Result<Authority> {
            let key = KeyPair::generate()?;
            let certificate = of_authority(since, expires)?.self_signed(&key)?.pem();
            Ok(Authority { certificate, key: key.serialize_pem(), since, expires })
        }

        fn leaf(&self, names: &[String], expires: Timestamp, by: &Authority) -> Result<Leaf> {
            let issuer =
                Issuer::new(of_authority(by.since, by.expires)?, KeyPair::from_pem(&by.key)?);
            let key = KeyPair::generate()?;
            let mut params = CertificateParams::new(names)?;
            params.distinguished_name = DistinguishedName::new();
            params.distinguished_name.push(DnType::CommonName, "webhooks");
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            params.use_authority_key_identifier_extension = true;
            let params = valid(params, by.since, expires);
            let certificate = params.signed_by(&key, &issuer)?.pem();
            let (key, names, signed_by) = (key.serialize_pem(), names.to_vec(), by.since);
            Ok(Leaf { certificate, key, names, signed_by, expires })
        }
    }

    /// The same parameters each time: who signs is known by its name and its key.
    fn of_authority(since: Timestamp, expires: Timestamp) -> Result<CertificateParams> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name = DistinguishedName::new();
        let name = format!("webhook authority of {since}");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        Ok(valid(params, since, expires))
    }

    /// In whole days, from the one before, as clocks differ, to the one after.
    fn valid(
        mut params: CertificateParams,
        since: Timestamp,
        expires: Timestamp,
    ) -> CertificateParams {
        let day = |timestamp: Timestamp, days: i64| {
            let date = timestamp.to_zoned(TimeZone::UTC).date().saturating_add(days.days());
            let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
            rcgen::date_time_ymd(date.year().into(), month, day)
        };
        params.not_before = day(since, -1);
        params.not_after = day(expires, 1);
        params
    }
}

#[cfg(not(any(feature = "aws-lc-rs", feature = "ring")))]
impl Issue for Rcgen {
    fn authority(&self, _since: Timestamp, _expires: Timestamp) -> Result<Authority> {
        Err(without_tls())
    }

    fn leaf(&self, _names: &[String], _expires: Timestamp, _by: &Authority) -> Result<Leaf> {
        Err(without_tls())
    }
}

#[cfg(not(any(feature = "aws-lc-rs", feature = "ring")))]
fn without_tls() -> crate::error::Error {
    crate::error::Error::msg(
        "this program was built without TLS, so it makes no certificate: enable the feature `aws-lc-rs` or `ring` of kube-runtime",
    )
}
