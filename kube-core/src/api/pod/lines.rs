//! Cuts a log into lines: pieces of any size in, lines of a bounded length out.
//!
//! Promises:
//! - Where the pieces begin and end changes no line.
//! - No more than a line's limit and one piece is kept.

use std::borrow::Cow;

use bytes::Buf as _;
use bytes::Bytes;
use bytes::BytesMut;

/// One line of a log, or a part of a line that is longer than the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// What stands in it, without the end of the line. A container may write what is no text.
    pub bytes: Bytes,
    /// The line is longer than the limit: it goes on in the next one.
    pub cut: bool,
}

impl Line {
    /// As text; what is no UTF-8 is replaced by `U+FFFD`.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }
}

/// The lines of what was pushed.
#[derive(Debug)]
pub(crate) struct Lines {
    limit: usize,
    /// The beginning of a line, shorter than the limit.
    begun: BytesMut,
    piece: Bytes,
}

impl Lines {
    /// Lines of at most so many bytes; of one at least.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit: limit.max(1), begun: BytesMut::new(), piece: Bytes::new() }
    }

    /// Takes the next piece, when there is no line any more.
    pub(crate) fn push(&mut self, piece: Bytes) {
        debug_assert!(self.piece.is_empty(), "the piece before was not read");
        self.piece = piece;
    }

    /// The next whole line, or a cut one.
    pub(crate) fn next(&mut self) -> Option<Line> {
        let room = self.limit - self.begun.len();
        let end = memchr::memchr(b'\n', &self.piece[..self.piece.len().min(room + 1)]);
        let cut = end.is_none();
        let length = match end {
            Some(end) => end,
            // What ends exactly at the limit is whole: that is known only with the next byte.
            None if self.piece.len() > room => room,
            None => {
                self.begun.extend_from_slice(&self.piece);
                self.piece.clear();
                return None;
            }
        };
        let rest = self.piece.split_to(length);
        if !cut {
            self.piece.advance(1);
        }
        let bytes = if self.begun.is_empty() {
            rest
        } else {
            self.begun.extend_from_slice(&rest);
            self.begun.split().freeze()
        };
        Some(Line { bytes, cut })
    }

    /// The log has ended: what has no end of its own.
    pub(crate) fn finish(&mut self) -> Option<Line> {
        (!self.begun.is_empty()).then(|| Line { bytes: self.begun.split().freeze(), cut: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, size: usize, limit: usize) -> Vec<(String, bool)> {
        let mut lines = Lines::new(limit);
        let mut found = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            lines.push(Bytes::copy_from_slice(piece));
            while let Some(line) = lines.next() {
                assert!(line.bytes.len() <= limit);
                found.push((line.text().into_owned(), line.cut));
            }
            assert!(lines.begun.len() <= limit && lines.piece.is_empty());
        }
        found.extend(lines.finish().map(|line| (line.text().into_owned(), line.cut)));
        found
    }

    #[test]
    fn lines_do_not_depend_on_the_pieces_and_are_never_longer_than_the_limit() {
        let text = "a\n\nbcdef\r\ngh\nijklmnopqrs\nend";
        let whole: Vec<_> = text.split('\n').map(|line| (line.to_owned(), false)).collect();
        for size in 1..=text.len() {
            assert_eq!(lines(text, size, 100), whole, "pieces of {size}");
            // `bcdef\r` has six bytes: it just fits.
            let cut: Vec<_> = lines(text, size, 6);
            let expected = [
                ("a", false),
                ("", false),
                ("bcdef\r", false),
                ("gh", false),
                ("ijklmn", true),
                ("opqrs", false),
                ("end", false),
            ];
            let expected: Vec<_> =
                expected.iter().map(|(line, cut)| ((*line).to_owned(), *cut)).collect();
            assert_eq!(cut, expected, "pieces of {size}");
        }
        assert_eq!(lines("", 1, 6), []);
        assert_eq!(lines("\n", 1, 6), [(String::new(), false)]);
    }
}
