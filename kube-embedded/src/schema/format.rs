//! String formats that the API server enforces: a name in, a check out.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;

/// A format that is enforced.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format(Check);

type Check = fn(&str) -> bool;

/// Formats by name, dashes left out. What is listed is recognised; numbers' formats are checked with the numbers.
const FORMATS: &[(&str, Check)] = &[
    ("bsonobjectid", |text| text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())),
    ("byte", |text| !text.is_empty() && STANDARD.decode(text).is_ok()),
    ("cidr", is_cidr),
    ("date", is_date),
    ("datetime", is_date_time),
    ("duration", is_duration),
    ("email", is_email),
    ("hexcolor", |text| matches(text, r"^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")),
    ("hostname", is_host_name),
    ("ipv4", |text| text.contains('.') && is_address(text)),
    ("ipv6", |text| text.contains(':') && is_address(text)),
    ("k8sshortname", |text| text.len() <= 63 && is_label(text)),
    ("k8slongname", |text| !text.is_empty() && text.len() <= 253 && text.split('.').all(is_label)),
    ("mac", is_mac),
    ("password", |_| true),
    ("rgbcolor", is_rgb_color),
    ("ssn", |text| text.len() == 11 && matches(text, r"^\d{3}[- ]?\d{2}[- ]?\d{4}$")),
    ("uri", is_uri),
    ("uuid", |text| is_uuid(text, None)),
    ("uuid3", |text| is_uuid(text, Some('3'))),
    ("uuid4", |text| is_uuid(text, Some('4'))),
    ("uuid5", |text| is_uuid(text, Some('5'))),
];

/// Formats that are known and that nothing is checked for here.
const UNCHECKED: &[&str] = &["creditcard", "isbn", "isbn10", "isbn13"];

impl Format {
    /// The check of a format; none if it is not enforced.
    pub(super) fn of(name: &str) -> Option<Self> {
        let name = name.replace('-', "");
        FORMATS.iter().find(|(known, _)| *known == name).map(|(_, check)| Self(*check))
    }

    pub(super) fn accepts(self, text: &str) -> bool {
        (self.0)(text)
    }
}

/// Whether a schema of this type may name this format without a warning.
pub(super) fn is_recognised(kind: &str, name: &str) -> bool {
    match kind {
        "integer" => matches!(name, "int32" | "int64"),
        "number" => matches!(name, "float" | "double"),
        _ => {
            let name = name.replace('-', "");
            UNCHECKED.contains(&&*name) || FORMATS.iter().any(|(known, _)| *known == name)
        }
    }
}

/// Whether the text matches a pattern; each pattern is compiled once in its place of use.
fn matches(text: &str, pattern: &'static str) -> bool {
    static COMPILED: OnceLock<parking_lot::Mutex<std::collections::HashMap<&'static str, Regex>>> =
        OnceLock::new();
    let mut compiled = COMPILED.get_or_init(Default::default).lock();
    let regex = compiled
        .entry(pattern)
        .or_insert_with(|| Regex::new(pattern).expect("the patterns of this file compile"));
    regex.is_match(text)
}

fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// An address; of version 4 also with leading zeros.
fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| {
        let parts: Option<Vec<u8>> = text.split('.').map(|part| part.parse().ok()).collect();
        let parts: [u8; 4] = parts?.try_into().ok()?;
        Some(IpAddr::V4(Ipv4Addr::from(parts)))
    })
}

fn is_address(text: &str) -> bool {
    address(text).is_some()
}

fn is_cidr(text: &str) -> bool {
    let Some((start, length)) = text.split_once('/') else { return false };
    let most = match address(start) {
        Some(IpAddr::V4(_)) => 32,
        Some(IpAddr::V6(_)) => 128,
        None => return false,
    };
    length.parse::<u8>().is_ok_and(|length| length <= most)
}

/// Groups of two digits (`:` or `-`) or of four (`.`), of 6, 8 or 20 bytes.
fn is_mac(text: &str) -> bool {
    let hexadecimal = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    [(':', 2), ('-', 2), ('.', 4)].into_iter().any(|(separator, length)| {
        let parts: Vec<&str> = text.split(separator).collect();
        parts.iter().all(|part| hexadecimal(part, length))
            && matches!(parts.len() * length / 2, 6 | 8 | 20)
    })
}

fn is_rgb_color(text: &str) -> bool {
    let inner = text.strip_prefix("rgb(").and_then(|text| text.strip_suffix(')'));
    let shade = |part: &str| {
        let part = part.trim();
        part.parse::<u8>().is_ok() && (part == "0" || !part.starts_with(['0', '+']))
    };
    inner.is_some_and(|inner| inner.split(',').count() == 3 && inner.split(',').all(shade))
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

fn is_date_time(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let Some((date, time)) = lower.split_once('t') else { return false };
    let shaped = matches(
        time,
        r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$",
    );
    is_date(date) && shaped
}

fn is_duration(text: &str) -> bool {
    text == "0"
        || matches(text, r"^[+-]?((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$")
        || matches(
            text,
            r"(?i)(\d+)\s*(nanos?(econds?)?|micros?(econds?)?|millis?(econds?)?|seconds?|minutes?|hours?|days?|weeks?|[nuµm]?s|m|min|h|d|w)",
        )
}

fn is_email(text: &str) -> bool {
    // An address, or a name and an address in angle brackets.
    let address = text.rsplit_once('<').map_or(text, |(_, rest)| rest.trim_end_matches('>'));
    address.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty()
            && !host.is_empty()
            && !address.contains(char::is_whitespace)
            && !host.contains('@')
    })
}

/// A single label, in which a dash may stand in the second place only, or labels of which the last one has letters only.
fn is_host_name(text: &str) -> bool {
    // Symbols count as letters.
    let letter = |character: char| character.is_alphanumeric() || "$+<=>^`|~".contains(character);
    let label = |label: &str| {
        let inner = |character: char| letter(character) || character == '-';
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = |label: &str| label.chars().count() >= 2 && label.chars().all(char::is_alphabetic);
    match text.rsplit_once('.') {
        None => {
            let mut characters = text.chars();
            let first = characters.next().is_some_and(letter);
            let rest = characters.as_str().strip_prefix('-').unwrap_or(characters.as_str());
            first && text.len() <= 63 && rest.chars().all(letter)
        }
        Some((rest, end)) => {
            text.len() <= 255 && rest.split('.').all(label) && label(end) && last(end)
        }
    }
}

fn is_uri(text: &str) -> bool {
    let absolute_path = text.starts_with('/');
    let scheme = matches(text, r"^[a-zA-Z][a-zA-Z0-9+.-]*:\S+$");
    (absolute_path || scheme)
        && !text.contains(|character: char| character.is_control() || character == ' ')
}

fn is_uuid(text: &str, version: Option<char>) -> bool {
    let digits: String = text.chars().filter(|character| *character != '-').collect();
    let shaped =
        matches(text, r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$");
    let variant = digits.chars().nth(16).is_some_and(|digit| "89abAB".contains(digit));
    shaped
        && version.is_none_or(|version| {
            digits.chars().nth(12) == Some(version) && (version == '3' || variant)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_accept_what_is_right_and_nothing_else() {
        let rows: &[(&str, &[&str], &[&str])] = &[
            (
                "date-time",
                &["2026-01-02T03:04:05Z", "2026-01-02t03:04:05.123+01:00"],
                &["bad", "2026-01-02", "2026-01-02T25:00:00Z"],
            ),
            ("date", &["2026-01-02"], &["2026-13-02", "2026-1-2"]),
            ("duration", &["10m", "1h30m", "1.5s", "0", "22 ns"], &["", "x", "10"]),
            ("ipv4", &["10.0.0.1"], &["10.0.0", "::1"]),
            ("ipv6", &["::1"], &["10.0.0.1"]),
            ("cidr", &["10.0.0.0/8", "::/0"], &["10.0.0.0", "10.0.0.0/33"]),
            ("uuid", &["6ba7b810-9dad-11d1-80b4-00c04fd430c8"], &["6ba7b810"]),
            (
                "uuid4",
                &["6ba7b810-9dad-41d1-80b4-00c04fd430c8"],
                &["6ba7b810-9dad-11d1-80b4-00c04fd430c8"],
            ),
            ("byte", &["YWI="], &["!!"]),
            ("email", &["a@b.example"], &["a", "a@"]),
            ("hostname", &["a.example.com", "a"], &["-a", "a..b", "a.1b"]),
            ("mac", &["01:23:45:67:89:ab"], &["01:23"]),
            ("uri", &["https://example.com/x", "/x"], &["x", "a b"]),
            ("k8s-short-name", &["a-b"], &["A", "a.b"]),
            ("k8s-long-name", &["a-b.c"], &["a..c"]),
            ("hexcolor", &["#fff"], &["#ffff"]),
        ];
        for (name, good, bad) in rows {
            let format = Format::of(name).unwrap();
            good.iter().for_each(|text| assert!(format.accepts(text), "{name} {text}"));
            bad.iter().for_each(|text| assert!(!format.accepts(text), "{name} {text}"));
        }
        assert!(Format::of("foo").is_none());
        assert!(
            !is_recognised("string", "foo")
                && is_recognised("integer", "int32")
                && is_recognised("string", "isbn")
        );
    }
}
