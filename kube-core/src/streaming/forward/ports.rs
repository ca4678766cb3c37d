//! Which port of this machine leads to which port of a Pod: `8080:80` in, a pair out.

use std::str::FromStr;

use crate::error::Error;
use crate::error::ErrorKind;
use crate::status::excerpt;

/// A port of this machine and the Pod's port that it leads to.
///
/// ```
/// # use kube_core::streaming::PortPair;
/// let pair: PortPair = "8080:80".parse()?;
/// assert_eq!((pair.local, pair.remote), (8080, 80));
/// assert_eq!("80".parse::<PortPair>()?, PortPair::from(80));
/// assert_eq!(":80".parse::<PortPair>()?.local, 0);
/// # Ok::<(), kube_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PortPair {
    /// The port of this machine; with 0 a free one is chosen.
    pub local: u16,
    /// The Pod's port.
    pub remote: u16,
}

impl PortPair {
    /// A port of this machine, or 0 for a free one, and the Pod's port.
    #[must_use]
    pub fn new(local: u16, remote: u16) -> Self {
        Self { local, remote }
    }
}

/// The same port here and there.
impl From<u16> for PortPair {
    fn from(port: u16) -> Self {
        Self::new(port, port)
    }
}

impl TryFrom<&str> for PortPair {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        text.parse()
    }
}

/// As kubectl reads it: `80`, `8080:80`, and `:80` or `0:80` for a free port here.
impl FromStr for PortPair {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (local, remote) = text.split_once(':').unwrap_or((text, text));
        let digits = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
        let local = if local.is_empty() && text.starts_with(':') { "0" } else { local };
        match (local.parse(), remote.parse()) {
            (Ok(local), Ok(remote)) if remote != 0 && digits(text.replace(':', "").as_str()) => {
                Ok(Self { local, remote })
            }
            _ => {
                let text = excerpt(text.as_bytes(), 64);
                let why = "write `80`, `8080:80` (here, in the Pod) or `:80` for a free port here";
                Err(Error::new(ErrorKind::Input, format!("`{text}` names no ports: {why}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_written_as_for_kubectl() {
        let check = |text: &str, expected: Option<(u16, u16)>| {
            let pair = text.parse::<PortPair>().ok().map(|pair| (pair.local, pair.remote));
            assert_eq!(pair, expected, "{text:?}");
        };
        check("5000", Some((5000, 5000)));
        check("8888:5000", Some((8888, 5000)));
        check(":5000", Some((0, 5000)));
        check("0:5000", Some((0, 5000)));
        for wrong in
            ["", ":", "0", "a", "-1", "+1", "5:x", "5:0", "5:", "1:2:3", "65536", "80:65536", " 80"]
        {
            check(wrong, None);
        }
    }
}
