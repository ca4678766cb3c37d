//! Who may see the live page: what a request says of itself in, a refusal or none out.

use std::fmt;
use std::path::Path;

use subtle::ConstantTimeEq as _;
use tokio::io::AsyncReadExt as _;

use super::unusable;
use crate::error::Error;
use crate::error::Result;

/// A shorter one could be guessed.
const SHORTEST: usize = 16;
/// No token is longer.
const LONGEST: u64 = 4096;

/// A request, as far as anything here looks at it.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::endpoint) struct Ask<'request> {
    pub(in crate::endpoint) method: &'request str,
    pub(in crate::endpoint) path: &'request str,
    /// The header `Host`.
    pub(in crate::endpoint) host: &'request str,
    /// The header `Authorization`.
    pub(in crate::endpoint) authorization: &'request str,
    /// The header `Sec-Fetch-Site`, which a browser writes and a page cannot.
    pub(in crate::endpoint) fetch_site: &'request str,
}

/// Why somebody may not see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No token, or another one.
    Token,
    /// A page from elsewhere asks through the browser of somebody who may.
    Elsewhere,
    /// The name by which this was reached is not ours.
    Name,
}

/// Who is let through.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) loopback: bool,
    pub(super) token: Option<Token>,
}

impl Gate {
    /// Whether the page itself, which shows nothing yet, may be had.
    pub(super) fn page(&self, ask: &Ask<'_>) -> Option<Refusal> {
        // A name that an attacker controls may lead to this machine, and the page there would be of the same origin.
        (self.loopback && !is_this_machine(ask.host)).then_some(Refusal::Name)
    }

    /// Whether the data may be had.
    pub(super) fn data(&self, ask: &Ask<'_>) -> Option<Refusal> {
        if let Some(refusal) = self.page(ask) {
            return Some(refusal);
        }
        if !matches!(ask.fetch_site, "" | "same-origin" | "none") {
            return Some(Refusal::Elsewhere);
        }
        let token = self.token.as_ref()?;
        let (scheme, given) = ask.authorization.split_once(' ').unwrap_or_default();
        let same = scheme.eq_ignore_ascii_case("bearer") && token.is(given.trim());
        (!same).then_some(Refusal::Token)
    }
}

/// Whether a `Host` names this machine, whatever the port: a forwarded one is another.
fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let name = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// What whoever looks must know.
pub(super) struct Token {
    secret: String,
    /// It was made here, so somebody must be told.
    made: bool,
}

impl Token {
    /// A new one: two UUIDs of version 4, 244 random bits.
    pub(super) fn random() -> Self {
        let part = || uuid::Uuid::new_v4().simple();
        Self { secret: format!("{}{}", part(), part()), made: true }
    }

    /// The first line of a file.
    pub(super) async fn read(path: &Path) -> Result<Self> {
        let read = async {
            let mut text = String::new();
            let file = tokio::fs::File::open(path).await?;
            file.take(LONGEST).read_to_string(&mut text).await?;
            Ok::<_, std::io::Error>(text)
        };
        let text = read.await.map_err(|error| unusable(path, error))?;
        Self::given(text.lines().next().unwrap_or_default()).map_err(|error| unusable(path, error))
    }

    /// One that somebody chose.
    pub(super) fn given(secret: &str) -> Result<Self> {
        let secret = secret.trim();
        let plain = secret.bytes().all(|byte| byte.is_ascii_graphic());
        if secret.len() < SHORTEST || !plain {
            return Err(Error::msg(format!(
                "its first line is no token: use at least {SHORTEST} printable characters without spaces, as `openssl rand -hex 32` gives"
            )));
        }
        Ok(Self { secret: secret.to_owned(), made: false })
    }

    /// Whether it is this one; how long that takes says nothing of where they differ.
    fn is(&self, given: &str) -> bool {
        self.secret.as_bytes().ct_eq(given.as_bytes()).into()
    }

    /// The token, if nobody knows it yet.
    pub(super) fn shown(&self) -> Option<&str> {
        self.made.then_some(self.secret.as_str())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(loopback: bool, token: Option<&str>) -> Gate {
        Gate { loopback, token: token.map(|token| Token::given(token).unwrap()) }
    }

    #[test]
    fn a_name_that_leads_here_by_a_trick_is_refused_on_a_loopback_address() {
        let gate = gate(true, None);
        let ours = ["localhost", "localhost:8090", "LOCALHOST:1", "127.0.0.1:80", "127.1.2.3"];
        for host in ours.into_iter().chain(["[::1]:8090", "[::1]", "[::ffff:127.0.0.1]:1"]) {
            assert_eq!(gate.data(&Ask { host, ..Ask::default() }), None, "{host}");
        }
        let theirs = ["", "evil.example", "evil.example:8090", "localhost.evil.example:8090"];
        for host in theirs.into_iter().chain(["10.0.0.1", "[::2]:1", "127.0.0.1.nip.io", ":80"]) {
            let ask = Ask { host, ..Ask::default() };
            assert_eq!(gate.data(&ask), Some(Refusal::Name), "{host}");
            assert_eq!(gate.page(&ask), Some(Refusal::Name), "{host}");
        }
    }

    #[test]
    fn a_page_from_elsewhere_is_refused_whatever_it_knows() {
        let gate = gate(false, Some("0123456789abcdef"));
        for (fetch_site, refusal) in [
            ("", None),
            ("none", None),
            ("same-origin", None),
            ("same-site", Some(Refusal::Elsewhere)),
            ("cross-site", Some(Refusal::Elsewhere)),
        ] {
            let authorization = "Bearer 0123456789abcdef";
            let ask = Ask { fetch_site, authorization, ..Ask::default() };
            assert_eq!(gate.data(&ask), refusal, "{fetch_site}");
        }
    }

    #[test]
    fn the_data_needs_the_whole_token_and_the_page_needs_none() {
        let gate = gate(false, Some("0123456789abcdef"));
        let said = |authorization| gate.data(&Ask { authorization, ..Ask::default() });
        assert_eq!(said("Bearer 0123456789abcdef"), None);
        assert_eq!(said("bearer  0123456789abcdef "), None);
        for wrong in ["", "Bearer", "Bearer ", "Bearer 0123456789abcde", "Basic 0123456789abcdef"] {
            assert_eq!(said(wrong), Some(Refusal::Token), "{wrong}");
        }
        assert_eq!(said("Bearer 0123456789abcdeF"), Some(Refusal::Token));
        assert_eq!(said("Bearer 0123456789abcdefg"), Some(Refusal::Token));
        assert_eq!(gate.page(&Ask::default()), None);
    }

    #[test]
    fn a_token_is_long_and_shows_only_if_it_was_made_here() {
        let token = Token::random();
        assert_eq!(token.shown().map(str::len), Some(64));
        assert_ne!(token.shown(), Token::random().shown());
        assert_eq!(format!("{token:?}"), "Token(..)");
        assert_eq!(Token::given(" 0123456789abcdef\n").unwrap().shown(), None);
        for wrong in ["", "short", "0123456789 abcdef", "0123456789abcd\u{e9}f"] {
            let error = Token::given(wrong).unwrap_err().to_string();
            assert!(error.starts_with("its first line is no token: "), "{error}");
            assert!(wrong.is_empty() || !error.contains(wrong), "{error}");
        }
    }
}
