//! Bytes from outside in, a short text that is safe to print out.

use std::fmt::Write;

/// At most `limit` bytes of the text, control characters written out, so that no server can send an
/// escape sequence to a terminal or a second line to a log; an ellipsis says that more was there.
pub(crate) fn excerpt(bytes: &[u8], limit: usize) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(limit.saturating_mul(4))]);
    let mut printed = String::new();
    for character in text.chars() {
        let start = printed.len();
        if is_unprintable(character) {
            // Writing to a String cannot fail.
            let _ = write!(printed, "{}", character.escape_default());
        } else {
            printed.push(character);
        }
        if printed.len() > limit {
            printed.truncate(start);
            printed.push('…');
            return printed;
        }
    }
    printed
}

/// Control characters, and those that turn the direction of the text around.
fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(excerpt(b"a\x1b[31mred\nline", 64), "a\\u{1b}[31mred\\nline");
        assert_eq!(excerpt("a\u{202e}b".as_bytes(), 64), "a\\u{202e}b");
    }

    #[test]
    fn never_longer_than_the_limit_and_says_that_it_was_cut() {
        assert_eq!(excerpt(b"abcdef", 6), "abcdef");
        assert_eq!(excerpt(b"abcdefg", 6), "abcdef…");
        assert_eq!(excerpt("ääää".as_bytes(), 5), "ää…");
        assert_eq!(excerpt(b"abcd\n", 5), "abcd…");
    }

    #[test]
    fn bytes_that_are_not_text_do_no_harm() {
        assert_eq!(excerpt(b"\xff\xfeok", 64), "\u{fffd}\u{fffd}ok");
    }
}
