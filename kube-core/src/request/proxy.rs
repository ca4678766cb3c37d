//! A call that the API server hands on to a Pod, a Service or a node: whom it is for, a method and a path in, a request out.
//!
//! Mirrors: client-go kubernetes/typed/core/v1/pod_expansion.go (ProxyGet), apimachinery pkg/util/net/port_split.go
//! Differs: any method; scheme, name, port and path are checked before anything leaves.

use std::fmt;
use std::str::FromStr;

use super::Exchange;
use super::Method;
use super::Request;
use super::Target;
use super::Verb;
use super::is_path;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::object::Name;
use crate::status::excerpt;

/// Whom the API server is to hand a call on to: `web`, `web:8080`, `web:metrics`, `https:web:8443`, `https:web:`.
///
/// Without a port it is the first that a Pod has, and of a Service the one that has no name; without a scheme it is HTTP (a node's own is HTTPS). A
/// Service's port may be named, a Pod's and a node's are numbers.
///
/// ```
/// # use kube_core::request::ProxyName;
/// assert!(ProxyName::try_from("https:web:8443").is_ok());
/// let error = ProxyName::try_from("ftp:web:21").unwrap_err();
/// assert_eq!(error.to_string(), "`ftp:web:21` is nothing to hand a call on to: its scheme is `http` or `https`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProxyName {
    text: Name,
}

impl ProxyName {
    /// The text, as it stands in the path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }
}

impl FromStr for ProxyName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let refuse = |why: &str| {
            let text = excerpt(text.as_bytes(), 128);
            let why = format!("`{text}` is nothing to hand a call on to: {why}");
            Err(Error::new(ErrorKind::Input, why))
        };
        let parts: Vec<&str> = text.split(':').collect();
        let (scheme, name, port) = match parts[..] {
            [name] => ("http", name, None),
            [name, port] => ("http", name, Some(port)),
            // Without a port the colon stays, or the scheme would be the name.
            [scheme, name, ""] => (scheme, name, None),
            [scheme, name, port] => (scheme, name, Some(port)),
            _ => return refuse("it is `name`, `name:port` or `scheme:name:port`"),
        };
        if !matches!(scheme, "http" | "https") {
            return refuse("its scheme is `http` or `https`");
        }
        if !is_subdomain(name) {
            return refuse(
                "its name has a-z, 0-9, `-` and `.` only, with a letter or digit at both ends",
            );
        }
        if !port.is_none_or(is_port) {
            return refuse(
                "its port is a number from 1 to 65535, or a name of at most 15 of a-z, 0-9 and `-`",
            );
        }
        Ok(Self { text: Name::try_from(text)? })
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_subdomain(name: &str) -> bool {
    let label = |label: &str| {
        let edge = |byte: Option<&u8>| byte.is_some_and(|byte| is_plain(*byte));
        let bytes = label.as_bytes();
        edge(bytes.first())
            && edge(bytes.last())
            && bytes.iter().all(|byte| is_plain(*byte) || *byte == b'-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

fn is_port(port: &str) -> bool {
    if port.bytes().all(|byte| byte.is_ascii_digit()) {
        return !port.starts_with('0') && port.parse::<u16>().is_ok();
    }
    let edges = !port.starts_with('-') && !port.ends_with('-') && !port.contains("--");
    port.len() <= 15
        && edges
        && port.bytes().all(|byte| is_plain(byte) || byte == b'-')
        && port.bytes().any(|byte| byte.is_ascii_lowercase())
}

impl Request {
    /// A call that the API server hands on, with its answer as it comes. The path is one of whoever answers, encoded as in a URL and without a query;
    /// a `/` at its beginning may be left out.
    ///
    /// # Errors
    /// The path holds a `.` or `..`, or a character that cannot stand there.
    pub fn proxy(target: &Target, to: &ProxyName, method: Method, path: &str) -> Result<Self> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let target = target.clone().name(to.text.clone()).subresource("proxy");
        let mut request = Self::to(&target, Verb::of(method))?;
        let whole = format!("{}/{path}", request.path);
        request.purpose = format!(
            "{} `/{}` of {} by proxy",
            request.verb,
            excerpt(path.as_bytes(), 256),
            target.object()
        );
        if !is_path(&whole) {
            let why = "the path is one of a URL, encoded, has no `.` or `..` in it and no query";
            return Err(Error::new(ErrorKind::Input, why).context(request.failed()));
        }
        request.path = whole;
        request.headers = vec![("accept".into(), "*/*".to_owned())];
        request.exchange = Exchange::Stream;
        Ok(request)
    }
}

impl fmt::Display for ProxyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<&str> for ProxyName {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        text.parse()
    }
}

impl TryFrom<String> for ProxyName {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_call_is_for_is_a_name_with_a_scheme_and_a_port_where_they_matter() {
        for good in [
            "web",
            "web-0.web",
            "web:80",
            "web:65535",
            "web:http",
            "web:a-1",
            "http:web:80",
            "https:web:8443",
            "https:web:",
            "web:fifteen-letters",
            &"a".repeat(253),
        ] {
            assert_eq!(ProxyName::try_from(good).unwrap().as_str(), good);
        }
        let long = "a".repeat(254);
        for (bad, why) in [
            ("", "its name"),
            (":", "its name"),
            ("..", "its name"),
            ("a/b", "its name"),
            ("Web", "its name"),
            ("-web", "its name"),
            ("web-", "its name"),
            ("web..a", "its name"),
            ("web_a", "its name"),
            (&long, "its name"),
            ("https::80", "its name"),
            ("web:", "its port"),
            ("web:0", "its port"),
            ("web:080", "its port"),
            ("web:65536", "its port"),
            ("web:99999999999999999999", "its port"),
            ("web:-a", "its port"),
            ("web:a-", "its port"),
            ("web:a--b", "its port"),
            ("web:1-2", "its port"),
            ("web:Http", "its port"),
            ("web:sixteen-letters-", "its port"),
            ("web:sixteen-letterss", "its port"),
            ("web:80/..", "its port"),
            (":web:80", "its scheme"),
            ("HTTPS:web:80", "its scheme"),
            ("ftp:web:80", "its scheme"),
            ("https:web:80:81", "it is `name`"),
        ] {
            let error = ProxyName::try_from(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Input);
            assert!(error.to_string().contains(why), "{bad}: {error}");
        }
    }
}
