//! URLs as Go's net/url takes them apart.

use super::quoted;

/// A URL in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Url {
    pub(crate) scheme: String,
    opaque: String,
    user: Option<String>,
    pub(crate) host: String,
    /// As it was written, if it may be written so.
    pub(crate) path: String,
    query: String,
    fragment: String,
}

/// Where in a URL a character stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Host,
    Path,
    Query,
}

impl Url {
    /// Reads a URL; `absolute`: one that a request can be sent to, without a fragment of its own.
    pub(crate) fn read(text: &str, absolute: bool) -> Result<Self, String> {
        let (rest, fragment) = match text.split_once('#') {
            Some((rest, fragment)) if !absolute => (rest, fragment),
            _ => (text, ""),
        };
        let fail = |why: String| format!("parse {}: {why}", quoted(text));
        Self::read_parts(rest, fragment, absolute).map_err(fail)
    }

    fn read_parts(text: &str, fragment: &str, absolute: bool) -> Result<Self, String> {
        if text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        if text.is_empty() && absolute {
            return Err("empty url".to_owned());
        }
        let mut url = Self {
            scheme: String::new(),
            opaque: String::new(),
            user: None,
            host: String::new(),
            path: String::new(),
            query: String::new(),
            fragment: fragment.to_owned(),
        };
        if text == "*" {
            url.path = "*".to_owned();
            return Ok(url);
        }
        let (scheme, rest) = scheme(text)?;
        url.scheme = scheme.to_lowercase();
        let (mut rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        url.query = query.to_owned();
        if !rest.starts_with('/') {
            if !url.scheme.is_empty() {
                url.opaque = rest.to_owned();
                return Ok(url);
            }
            if absolute {
                return Err("invalid URI for request".to_owned());
            }
            if rest.split('/').next().is_some_and(|first| first.contains(':')) {
                return Err("first path segment in URL cannot contain colon".to_owned());
            }
        }
        let with_authority = !url.scheme.is_empty() || (!absolute && !rest.starts_with("///"));
        if with_authority && let Some(after) = rest.strip_prefix("//") {
            let end = after.find('/').unwrap_or(after.len());
            let (authority, path) = after.split_at(end);
            url.read_authority(authority)?;
            rest = path;
        }
        let path = unescape(rest, Part::Path)?;
        url.path = if is_escaped(rest) { rest.to_owned() } else { escape_path(&path) };
        Ok(url)
    }

    fn read_authority(&mut self, authority: &str) -> Result<(), String> {
        let host = match authority.rsplit_once('@') {
            None => authority,
            Some((user, host)) => {
                let plain = |letter: char| {
                    letter.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(letter)
                };
                if !user.chars().all(plain) {
                    return Err("net/url: invalid userinfo".to_owned());
                }
                self.user = Some(user.to_owned());
                host
            }
        };
        let port = if host.starts_with('[') {
            let Some(end) = host.rfind(']') else { return Err("missing ']' in host".to_owned()) };
            &host[end + 1..]
        } else {
            host.rfind(':').map_or("", |at| &host[at..])
        };
        let digits = port.strip_prefix(':').unwrap_or(port);
        let valid = port.is_empty()
            || (port.starts_with(':') && digits.bytes().all(|byte| byte.is_ascii_digit()));
        if !valid {
            return Err(format!("invalid port {} after host", quoted(port)));
        }
        self.host = unescape(host, Part::Host)?;
        Ok(())
    }

    pub(crate) fn hostname(&self) -> &str {
        if let Some(rest) = self.host.strip_prefix('[') {
            return rest.split(']').next().unwrap_or(rest);
        }
        self.host.rsplit_once(':').map_or(&self.host, |(host, _)| host)
    }

    pub(crate) fn port(&self) -> &str {
        let after = self.host.rsplit_once(']').map_or(&*self.host, |(_, after)| after);
        after.rsplit_once(':').map_or("", |(_, port)| port)
    }

    /// The names and values of the query, in order; what cannot be read is left out.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        let parts = self.query.split('&').filter(|part| !part.is_empty() && !part.contains(';'));
        parts
            .filter_map(|part| {
                let (name, value) = part.split_once('=').unwrap_or((part, ""));
                Some((unescape(name, Part::Query).ok()?, unescape(value, Part::Query).ok()?))
            })
            .collect()
    }
}

fn scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, letter) in text.char_indices() {
        match letter {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            ':' => return Ok((&text[..at], &text[at + 1..])),
            _ => return Ok(("", text)),
        }
    }
    Ok(("", text))
}

fn unescape(text: &str, part: Part) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'%' => {
                let digits = after.get(..2).filter(|two| two.iter().all(u8::is_ascii_hexdigit));
                let value = digits
                    .and_then(|two| std::str::from_utf8(two).ok())
                    .and_then(|two| u8::from_str_radix(two, 16).ok());
                let Some(value) = value.filter(|value| part != Part::Host || *value >= 0x80) else {
                    let shown = &after[..after.len().min(2)];
                    let shown = format!("%{}", String::from_utf8_lossy(shown));
                    return Err(format!("invalid URL escape {}", quoted(&shown)));
                };
                bytes.push(value);
                rest = &after[2..];
            }
            b'+' if part == Part::Query => bytes.push(b' '),
            byte if part == Part::Host && byte.is_ascii() && !is_plain_in_host(*byte) => {
                let shown = quoted(&char::from(*byte).to_string());
                return Err(format!("invalid character {shown} in host name"));
            }
            byte => bytes.push(*byte),
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)
}

fn is_plain_in_host(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,;=:[]<>\"".contains(&byte)
}

/// Whether a path may be written so.
fn is_escaped(path: &str) -> bool {
    path.bytes().all(|byte| is_unreserved(byte) || b"!$&'()*+,;=:@[]%/".contains(&byte))
}

fn escape_path(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for byte in path.bytes() {
        if is_unreserved(byte) || b"$&+,/:;=@".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let url = Url::read("https://user@Example.com:8080/a b?k=1&k=2&x=a+b#top", false).unwrap();
        assert_eq!((&*url.scheme, &*url.host, url.port()), ("https", "Example.com:8080", "8080"));
        assert_eq!((url.hostname(), &*url.path), ("Example.com", "/a%20b"));
        assert_eq!(url.pairs()[2], ("x".to_owned(), "a b".to_owned()));
        assert_eq!(Url::read("https://[::1]:80/", true).unwrap().hostname(), "::1");
    }

    #[test]
    fn what_is_no_absolute_url_is_refused() {
        let rows = [
            ("", "parse \"\": empty url"),
            ("../relative", "parse \"../relative\": invalid URI for request"),
            (":8080", "parse \":8080\": missing protocol scheme"),
            ("http://a b.com/", "parse \"http://a b.com/\": invalid character \" \" in host name"),
            ("http://a:x/", "parse \"http://a:x/\": invalid port \":x\" after host"),
        ];
        for (text, expected) in rows {
            assert_eq!(Url::read(text, true).unwrap_err(), expected);
        }
    }
}
