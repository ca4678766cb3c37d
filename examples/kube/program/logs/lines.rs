//! The lines of one of many logs: pieces of any size in, whole lines out, each behind the name of its container.

/// A line that is longer is cut, so that no log can fill the memory.
const LONGEST: usize = 64 << 10;

/// What has come of a log and not yet gone.
#[derive(Debug, Default)]
pub struct Lines {
    prefix: Vec<u8>,
    /// The beginning of a line.
    begun: Vec<u8>,
    /// The line before was cut: this is no new one.
    cut: bool,
}

impl Lines {
    /// Lines that begin with this.
    pub fn new(prefix: String) -> Self {
        Self { prefix: prefix.into_bytes(), ..Self::default() }
    }

    /// What is whole now, with the ends of the lines.
    pub fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut whole = Vec::with_capacity(piece.len());
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(part);
            if self.begun.ends_with(b"\n") || self.begun.len() > LONGEST {
                self.hand_over(&mut whole);
            }
        }
        whole
    }

    /// What is left at the end of the log.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        if !self.begun.is_empty() {
            self.hand_over(&mut rest);
        }
        rest
    }

    fn hand_over(&mut self, to: &mut Vec<u8>) {
        if !self.cut {
            to.extend_from_slice(&self.prefix);
        }
        self.cut = !self.begun.ends_with(b"\n");
        to.append(&mut self.begun);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_its_prefix_wherever_the_pieces_begin_and_end() {
        let log = b"first\n\nthird\nlast";
        for size in 1..=log.len() {
            let mut lines = Lines::new("[a] ".to_owned());
            let mut printed = Vec::new();
            for piece in log.chunks(size) {
                let whole = lines.push(piece);
                assert!(whole.is_empty() || whole.ends_with(b"\n"), "half a line: {whole:?}");
                printed.extend(whole);
            }
            printed.extend(lines.rest());
            assert_eq!(printed, b"[a] first\n[a] \n[a] third\n[a] last", "pieces of {size}");
            assert!(lines.rest().is_empty());
        }
    }

    #[test]
    fn a_line_without_an_end_is_handed_over_in_parts_of_a_bounded_length() {
        let mut lines = Lines::new("> ".to_owned());
        let mut printed = Vec::new();
        let piece = vec![b'x'; 1000];
        for _ in 0..200 {
            printed.extend(lines.push(&piece));
            assert!(lines.begun.len() <= LONGEST + piece.len());
        }
        printed.extend(lines.push(b"\nnext\n"));
        let expected = format!("> {}\n> next\n", "x".repeat(200_000));
        assert!(printed == expected.as_bytes(), "one prefix for one line");
    }
}
