//! The schema of a string in, a short text that fits in it out: by its format, by its pattern, by its length.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::Class;
use regex_syntax::hir::Hir;
use regex_syntax::hir::HirKind;
use serde_json::Value;

/// A text of each format that Kubernetes checks; others are not checked.
const FORMATS: [(&str, &str); 25] = [
    ("bsonobjectid", "507f1f77bcf86cd799439011"),
    ("byte", ""),
    ("cidr", "10.0.0.0/8"),
    ("creditcard", "4111111111111111"),
    ("date", "2026-01-31"),
    ("date-time", "2026-01-31T12:00:00Z"),
    ("datetime", "2026-01-31T12:00:00Z"),
    ("duration", "1s"),
    ("email", "someone@example.com"),
    ("hexcolor", "#ffffff"),
    ("hostname", "example.com"),
    ("ipv4", "10.0.0.1"),
    ("ipv6", "::1"),
    ("isbn", "0321751043"),
    ("isbn10", "0321751043"),
    ("isbn13", "9780321751041"),
    ("k8s-long-name", "a.example.com"),
    ("k8s-short-name", "a"),
    ("mac", "00:00:5e:00:53:01"),
    ("rgbcolor", "rgb(255,255,255)"),
    ("ssn", "111-11-1111"),
    ("uri", "https://example.com"),
    ("uuid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    ("uuid4", "f47ac10b-58cc-4372-a567-0e02b2c3d479"),
    ("uuid5", "886313e1-3b8a-5372-9b90-0c9aee199e5d"),
];

/// Longer texts are not made: whoever wants them gives an example.
const LONGEST: usize = 4096;
/// What is taken of a class that has it: the more ordinary, the earlier.
const ORDINARY: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A text of the format that is asked for, if it is one that is checked.
pub(in crate::definition) fn of_format(schema: &Value) -> Option<&'static str> {
    let format = schema["format"].as_str()?;
    FORMATS.iter().find(|(name, _)| *name == format).map(|(_, text)| *text)
}

/// The text at `position` of a list whose items differ, as far as they can.
pub(super) fn shortest(schema: &Value, position: usize) -> String {
    let least = schema["minLength"].as_u64().and_then(|least| usize::try_from(least).ok());
    let least = least.unwrap_or_default().min(LONGEST);
    if let Some(pattern) = schema["pattern"].as_str() {
        return matching(pattern, least, position).unwrap_or_default();
    }
    if let Some(text) = of_format(schema) {
        return text.to_owned();
    }
    let mut text = if position == 0 { String::new() } else { position.to_string() };
    while text.len() < least {
        text.insert(0, 'a');
    }
    text
}

/// A text of at least so many characters that the pattern matches; none if it is no pattern, or has more than ASCII in its classes.
fn matching(pattern: &str, least: usize, position: usize) -> Option<String> {
    // As the API server reads it: `\d` and `\w` are of ASCII.
    let parsed = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern).ok()?;
    let mut text = Vec::new();
    for more in 0..=least {
        text.clear();
        write(&parsed, more, position, &mut text);
        if text.len() >= least || text.len() > LONGEST {
            break;
        }
    }
    String::from_utf8(text).ok()
}

/// Writes what matches, with everything that may be repeated as often as it must be and `more` times beyond.
fn write(pattern: &Hir, more: usize, position: usize, text: &mut Vec<u8>) {
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.extend_from_slice(&literal.0),
        HirKind::Class(class) => text.extend(member(class, position)),
        HirKind::Capture(capture) => write(&capture.sub, more, position, text),
        HirKind::Concat(parts) => parts.iter().for_each(|it| write(it, more, position, text)),
        HirKind::Alternation(parts) => write(&parts[position % parts.len()], more, position, text),
        HirKind::Repetition(repeated) => {
            let size = |times: u32| usize::try_from(times).unwrap_or(LONGEST);
            let wanted = size(repeated.min).saturating_add(more);
            let most = repeated.max.map_or(LONGEST, size);
            for _ in 0..wanted.min(most) {
                if text.len() > LONGEST {
                    return;
                }
                write(&repeated.sub, more, position, text);
            }
        }
    }
}

/// The most ordinary characters come first.
fn member(class: &Class, position: usize) -> Option<u8> {
    let ranges: Vec<(u8, u8)> = match class {
        Class::Bytes(class) => class.iter().map(|range| (range.start(), range.end())).collect(),
        Class::Unicode(class) => class
            .iter()
            .filter_map(|range| {
                Some((u8::try_from(range.start()).ok()?, u8::try_from(range.end()).unwrap_or(127)))
            })
            .collect(),
    };
    let is_in = |byte: &u8| ranges.iter().any(|(start, end)| (start..=end).contains(&byte));
    let ordinary: Vec<u8> = ORDINARY.iter().copied().filter(is_in).collect();
    match ordinary.len() {
        0 => ranges.first().map(|(start, _)| *start),
        length => Some(ordinary[position % length]),
    }
}
