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

/// By kube-core.
pub(super) struct Made;

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
mod made {
    use std::time::SystemTime;

    use jiff::Timestamp;
    use kube_core::certificates;
    use kube_core::certificates::PrivateKey;
    use kube_core::certificates::Template;

    use super::Authority;
    use super::Issue;
    use super::Leaf;
    use super::Made;
    use crate::error::Result;

    impl Issue for Made {
        fn authority(&self, since: Timestamp, expires: Timestamp) -> Result<Authority> {
            let key = PrivateKey::generate()?;
            let made = again(key, since, expires)?;
            let (certificate, key) = (made.certificate().to_owned(), made.key().expose_pem());
            Ok(Authority { certificate, key, since, expires })
        }

        fn leaf(&self, names: &[String], expires: Timestamp, by: &Authority) -> Result<Leaf> {
            let authority = again(PrivateKey::from_pem(&by.key)?, by.since, by.expires)?;
            let template = Template::new("webhooks");
            let template = names.iter().fold(template, |template, name| template.server_name(name));
            let since = SystemTime::from(by.since);
            let pair = authority.server(&template, since, SystemTime::from(expires))?;
            let (certificate, key) = (pair.certificate().to_owned(), pair.key().expose_pem());
            let (names, signed_by) = (names.to_vec(), by.since);
            Ok(Leaf { certificate, key, names, signed_by, expires })
        }
    }

    /// The same name each time: who signs is known by its name and its key.
    fn again(
        key: PrivateKey,
        since: Timestamp,
        expires: Timestamp,
    ) -> Result<certificates::Authority> {
        let name = format!("webhook authority of {since}");
        let (since, expires) = (SystemTime::from(since), SystemTime::from(expires));
        Ok(certificates::Authority::again(name, key, since, expires)?)
    }
}

#[cfg(not(any(feature = "aws-lc-rs", feature = "ring")))]
impl Issue for Made {
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
