//! Which version a server is: `/version` in, [`ServerVersion`] out.

use std::fmt;

use serde::Deserialize;

use crate::client::Client;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::request::Method;
use crate::request::Request;

/// What a server says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ServerVersion {
    /// As `1`.
    pub major: String,
    /// As `36`; some clouds write `31+`.
    pub minor: String,
    /// As `v1.36.3`.
    pub git_version: String,
    /// As `linux/amd64`.
    pub platform: String,
}

impl ServerVersion {
    /// Whether it is this version or a later one; not if it does not say which it is.
    #[must_use]
    pub fn is_at_least(&self, major: u32, minor: u32) -> bool {
        let number = |text: &str| {
            let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            text[..digits].parse::<u32>().ok()
        };
        number(&self.major).zip(number(&self.minor)) >= Some((major, minor))
    }
}

/// As `v1.36.3`.
impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.git_version)
    }
}

impl Client {
    /// Which version the server is.
    ///
    /// # Errors
    /// The server could not be asked, or its answer is no version.
    pub async fn server_version(&self) -> Result<ServerVersion> {
        let request = Request::raw(Method::Get, "/version")?;
        let failed = request.failed();
        let answer = self.bytes(request).await?;
        serde_json::from_slice(&answer).map_err(|_| {
            let why = "the answer is no version; check that the address is a Kubernetes API server";
            Error::new(ErrorKind::Decode, why).context(failed)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_compared_by_its_numbers() {
        let version = |major: &str, minor: &str| ServerVersion {
            major: major.to_owned(),
            minor: minor.to_owned(),
            ..ServerVersion::default()
        };
        for (minor, least, expected) in
            [("36", 36, true), ("36", 9, true), ("9", 36, false), ("31+", 31, true), ("", 0, false)]
        {
            assert_eq!(version("1", minor).is_at_least(1, least), expected, "{minor} {least}");
        }
        assert!(version("2", "0").is_at_least(1, 36));
    }
}
