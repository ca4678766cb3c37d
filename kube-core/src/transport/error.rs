//! Why a request could not be made or got no answer.

use std::error::Error as StdError;
use std::fmt;

use crate::error::{Error, ErrorKind};

/// A transport's failure. What a source says is kept as words only: its type is reqwest's or hyper's.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TransportError {
    #[error("failed to prepare TLS for {server}: {reason}")]
    Tls { server: String, reason: String },
    #[error("failed to prepare a connection to {server}")]
    Prepare { server: String, source: Reason },
    #[error(
        "refused to send the credentials of {user} to {server} over plain HTTP: use an `https://` address"
    )]
    PlainSecret { server: String, user: String },
    #[error("failed to make a request of the path `{path}`: it is no plain path")]
    Path { path: String },
    #[error(
        "failed to make a request: the header `{name}` holds characters that no header can carry"
    )]
    Header { name: String },
    #[error("failed to connect to {server}: {remedy}")]
    Connect { server: String, remedy: &'static str, source: Reason },
    #[error("lost the connection to {server}{remedy}")]
    Connection { server: String, remedy: &'static str, source: Reason },
    #[error("{server} took too long to answer")]
    Timeout { server: String, source: Reason },
    #[error("failed to read an answer: it has more than {limit} bytes")]
    TooLarge { limit: usize },
}

/// What the layers of reqwest and hyper say of themselves.
const LAYERS: [&str; 3] = [
    "error sending request",
    "error decoding response body",
    "error reading a body from connection",
];

/// The innermost words of somebody else's error chain.
#[derive(Debug)]
pub(crate) struct Reason(String);

impl Reason {
    /// Joins the chain, without the layers that say only which layer they are.
    pub(crate) fn of(error: &(dyn StdError + 'static)) -> Self {
        let mut story = String::new();
        let mut next = Some(error);
        while let Some(source) = next {
            next = source.source();
            let words = source.to_string();
            let layer = words.starts_with("client error (") || LAYERS.contains(&words.as_str());
            // Layers that repeat their source's words add nothing.
            if (layer && next.is_some()) || words.is_empty() || story.ends_with(&words) {
                continue;
            }
            if !story.is_empty() {
                story.push_str(": ");
            }
            story.push_str(&words);
        }
        Self(story)
    }

    /// Whether no HTTP came, or nothing at all, which is how TLS servers take plain HTTP; hyper says it in words only.
    fn is_no_http(&self) -> bool {
        self.0.starts_with("invalid HTTP")
            || self.0.starts_with("connection closed before message completed")
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Reason {}

impl TransportError {
    /// Sorts one of reqwest's errors.
    pub(crate) fn of(error: reqwest::Error, server: &str) -> Self {
        let error = error.without_url();
        let server = server.to_owned();
        let source = Reason::of(&error);
        if error.is_connect() {
            let remedy = remedy(&error);
            return Self::Connect { server, remedy, source };
        }
        if error.is_timeout() {
            return Self::Timeout { server, source };
        }
        if error.is_builder() {
            return Self::Prepare { server, source };
        }
        Self::lost(server, source)
    }

    /// Sorts one of hyper's errors: no answer came.
    pub(crate) fn unanswered(error: &hyper_util::client::legacy::Error, server: &str) -> Self {
        let (server, source) = (server.to_owned(), Reason::of(error));
        if error.is_connect() {
            return Self::Connect { server, remedy: remedy(error), source };
        }
        let timed_out = |source: &(dyn StdError + 'static)| {
            source.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_timeout)
        };
        match error.source().is_some_and(timed_out) {
            true => Self::Timeout { server, source },
            false => Self::lost(server, source),
        }
    }

    fn lost(server: String, source: Reason) -> Self {
        let remedy = match server.starts_with("http://") && source.is_no_http() {
            true => ": no answer in HTTP came; if it is a TLS server, use an `https://` address",
            false => "",
        };
        Self::Connection { server, remedy, source }
    }
}

/// What a person can do about a connection that was not made.
fn remedy(error: &(dyn StdError + 'static)) -> &'static str {
    let mut next = Some(error);
    while let Some(source) = next {
        if let Some(tls) = source.downcast_ref::<rustls::Error>() {
            return tls_remedy(tls);
        }
        // hyper says it in words only.
        let words = source.to_string();
        if words.starts_with("tunnel error: proxy authorization required") {
            return "give the proxy's user and password in its address, as `http://user:password@proxy`";
        }
        if words.starts_with("tunnel error: ") || words.starts_with("SOCKS error: ") {
            return "check that the proxy lets through to that server";
        }
        next = match source.downcast_ref::<std::io::Error>() {
            Some(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => {
                return "check that the server runs and that the address is right";
            }
            // What an I/O error wraps is not its source: its own source comes next.
            Some(io) => io.get_ref().map(|inner| inner as &(dyn StdError + 'static)),
            None => source.source(),
        };
    }
    "check the address and the network"
}

fn tls_remedy(error: &rustls::Error) -> &'static str {
    match error {
        rustls::Error::InvalidCertificate(_) => {
            "check the certificate authority and the server's name in the configuration"
        }
        rustls::Error::AlertReceived(rustls::AlertDescription::ProtocolVersion)
        | rustls::Error::PeerIncompatible(_) => {
            "it does not speak TLS 1.2 or later in a way that is safe: have it updated"
        }
        rustls::Error::AlertReceived(_) => "check the client certificate in the configuration",
        _ => "it does not answer in TLS; if it speaks plain HTTP, use an `http://` address",
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        let kind = match &error {
            TransportError::Tls { .. }
            | TransportError::Prepare { .. }
            | TransportError::PlainSecret { .. } => ErrorKind::Config,
            TransportError::Path { .. } | TransportError::Header { .. } => ErrorKind::Input,
            TransportError::Connect { .. } => ErrorKind::Connect,
            TransportError::Connection { .. } => ErrorKind::Connection,
            TransportError::Timeout { .. } => ErrorKind::Timeout,
            TransportError::TooLarge { .. } => ErrorKind::TooLarge,
        };
        Self::new(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use rustls::{AlertDescription, CertificateError, PeerIncompatible};

    use super::*;

    /// Words, and the error that they come of.
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Layer(&'static str, #[source] Option<Box<Self>>);

    #[test]
    fn a_reason_is_what_the_layers_say_but_for_those_that_say_which_they_are() {
        for (layers, reason) in [
            (
                &["error sending request", "client error (Connect)", "tcp", "refused"][..],
                "tcp: refused",
            ),
            (&["error sending request"], "error sending request"),
            (&["one: two", "two"], "one: two"),
            (&["one", "", "two"], "one: two"),
            (&["one", "one more"], "one: one more"),
        ] {
            let mut error = None;
            for words in layers.iter().rev() {
                error = Some(Box::new(Layer(words, error)));
            }
            assert_eq!(Reason::of(&*error.unwrap()).to_string(), reason, "{layers:?}");
        }
    }

    #[test]
    fn what_tls_says_has_a_remedy_of_its_own() {
        let refused = rustls::Error::AlertReceived(AlertDescription::BadCertificate);
        let expired = rustls::Error::InvalidCertificate(CertificateError::Expired);
        let old = rustls::Error::AlertReceived(AlertDescription::ProtocolVersion);
        let unsafe_ = rustls::Error::PeerIncompatible(PeerIncompatible::Tls12NotOffered);
        let other = rustls::Error::General("a record of plain HTTP".to_owned());
        for (error, words) in [
            (refused, "check the client certificate"),
            (expired, "check the certificate authority"),
            (old, "TLS 1.2 or later"),
            (unsafe_, "TLS 1.2 or later"),
            (other, "`http://`"),
        ] {
            // As reqwest and hyper hand it on.
            let io = std::io::Error::other(std::io::Error::other(error));
            assert!(remedy(&io).contains(words), "{io:?}: {}", remedy(&io));
        }
    }
}
