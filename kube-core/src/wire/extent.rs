//! The beginning of a JSON value in, byte by byte, where it ends out: brackets and strings are all that it looks at.

use memchr::memchr2;

/// Finds the end of one value, however its bytes are cut. It does not say whether the value is right.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extent {
    depth: u64,
    inside: Inside,
}

#[derive(Clone, Copy, Debug, Default)]
enum Inside {
    #[default]
    Structure,
    Text,
    Escape,
    Scalar,
}

impl Extent {
    /// Reads on; the first byte ever given is the value's first. Some: how many of these bytes still belong to it.
    pub(super) fn advance(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            match self.inside {
                Inside::Text => {
                    at += end_of_text(&bytes[at..])? + 1;
                    if bytes[at - 1] == b'\\' {
                        self.inside = Inside::Escape;
                        continue;
                    }
                    self.inside = Inside::Structure;
                    if self.depth == 0 {
                        return Some(at);
                    }
                }
                Inside::Escape => {
                    self.inside = Inside::Text;
                    at += 1;
                }
                Inside::Scalar => {
                    let ends = |byte: &u8| {
                        matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t')
                    };
                    return bytes[at..].iter().position(ends).map(|more| at + more);
                }
                Inside::Structure if self.depth == 0 => {
                    match bytes[at] {
                        b'"' => self.inside = Inside::Text,
                        b'{' | b'[' => self.depth = 1,
                        // A value that is missing altogether ends before what comes next.
                        b'}' | b']' | b',' => return Some(at),
                        _ => self.inside = Inside::Scalar,
                    }
                    at += 1;
                }
                Inside::Structure => {
                    let bounds = |byte: &u8| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']');
                    at += bytes[at..].iter().position(bounds)? + 1;
                    match bytes[at - 1] {
                        b'"' => self.inside = Inside::Text,
                        b'{' | b'[' => self.depth += 1,
                        _ => self.depth -= 1,
                    }
                    if self.depth == 0 {
                        return Some(at);
                    }
                }
            }
        }
        None
    }
}

/// Most texts are short: looking byte by byte is over before a vector search has begun.
fn end_of_text(bytes: &[u8]) -> Option<usize> {
    let (near, far) = bytes.split_at(bytes.len().min(24));
    near.iter()
        .position(|byte| matches!(byte, b'"' | b'\\'))
        .or_else(|| memchr2(b'"', b'\\', far).map(|more| near.len() + more))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_where_its_last_byte_is_however_it_is_cut() {
        for (value, rest) in [
            ("{}", ","),
            (r#"{"a":[1,{"b":"}]"}]}"#, "}"),
            (r#""a\"b""#, ":"),
            (r#""a\\""#, "\""),
            ("[[],[]]", "]"),
            ("12.5e3", ","),
            ("true", "}"),
            ("null", " "),
            ("x", "]"),
            ("y", "\n"),
            ("", "}"),
            ("", ","),
            (r#"{"a":"\\\\\""}"#, "x"),
        ] {
            let text = format!("{value}{rest}");
            for cut in 0..=text.len() {
                let (first, second) = text.as_bytes().split_at(cut);
                let mut extent = Extent::default();
                let end =
                    extent.advance(first).or_else(|| extent.advance(second).map(|more| more + cut));
                assert_eq!(end, Some(value.len()), "{text} cut at {cut}");
            }
        }
    }

    #[test]
    fn a_value_that_is_not_over_has_no_end() {
        for text in ["", "{", "[1,", "\"abc", "\"abc\\", "12", "{\"a\":\"}"] {
            assert_eq!(Extent::default().advance(text.as_bytes()), None, "{text}");
        }
    }
}
