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
                Inside::Text => match memchr2(b'"', b'\\', &bytes[at..]) {
                    None => return None,
                    Some(more) => {
                        at += more + 1;
                        if bytes[at - 1] == b'\\' {
                            self.inside = Inside::Escape;
                            continue;
                        }
                        self.inside = Inside::Structure;
                        if self.depth == 0 {
                            return Some(at);
                        }
                    }
                },
                Inside::Escape => {
                    self.inside = Inside::Text;
                    at += 1;
                }
                Inside::Scalar => match bytes[at] {
                    b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t' => return Some(at),
                    _ => at += 1,
                },
                Inside::Structure => {
                    let byte = bytes[at];
                    at += 1;
                    match byte {
                        b'"' => self.inside = Inside::Text,
                        b'{' | b'[' => self.depth += 1,
                        // A value that is missing altogether ends before what comes next.
                        b'}' | b']' | b',' if self.depth == 0 => return Some(at - 1),
                        b'}' | b']' => {
                            self.depth -= 1;
                            if self.depth == 0 {
                                return Some(at);
                            }
                        }
                        _ if self.depth == 0 => self.inside = Inside::Scalar,
                        _ => {}
                    }
                }
            }
        }
        None
    }
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
