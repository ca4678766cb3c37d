//! How deep an expression goes, and room on the stack for it: text in, a result or the refusal of too deep ones out.

use std::thread;

use crate::issue::Issue;
use crate::issue::Place;

/// The most brackets within brackets, and the most operations on the result of another.
pub(crate) const DEEPEST: usize = 250;
/// The longest expression, in characters.
const LONGEST: usize = 100_000;
/// The most operators.
const MOST_OPERATORS: usize = 20_000;
/// The stack that any expression needs, in bytes.
const ROOM: usize = 4 << 20;
/// What each bracket within brackets needs beyond, and each operator, as all may be in one chain.
const ROOM_OF_BRACKET: usize = 128 << 10;
const ROOM_OF_OPERATOR: usize = 16 << 10;

/// What can be seen of an expression without parsing it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Look {
    brackets: usize,
    operators: usize,
}

/// Counts brackets within brackets, and operators, outside of texts and comments.
fn look(text: &str) -> Look {
    let (mut open, mut seen, mut at) = (0_usize, Look::default(), 0);
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' => {
                at = end_of_text(text, at);
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at = text[at..].find('\n').map_or(text.len(), |end| at + end);
                continue;
            }
            b'(' | b'[' | b'{' => {
                open += 1;
                seen.brackets = seen.brackets.max(open);
                seen.operators += 1;
            }
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            b'.' | b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>' | b'=' | b'!' | b'?' | b'&'
            | b'|' => {
                seen.operators += 1;
            }
            _ => {}
        }
        at += 1;
    }
    seen
}

/// Where a text that starts here ends; what is escaped does not end it.
fn end_of_text(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let quote = bytes[start];
    let raw = start > 0 && matches!(bytes[start - 1], b'r' | b'R');
    let long = bytes[start..].starts_with(&[quote; 3]);
    let closing = if long { 3 } else { 1 };
    let mut at = start + closing;
    while at < bytes.len() {
        if bytes[at] == b'\\' && !raw {
            at += 2;
        } else if bytes[at..].starts_with(&[quote; 3][..closing]) {
            return at + closing;
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// A mistake of the whole expression.
pub(crate) fn everywhere(text: &str) -> Vec<Issue> {
    vec![Issue { place: Place { line: 0, column: 0 }, text: text.to_owned(), meant: None }]
}

/// Brackets are nested too deep.
pub(crate) fn too_deep() -> Vec<Issue> {
    everywhere(&format!("expression recursion limit exceeded: {DEEPEST}"))
}

/// Reads a text with as much stack as it may need, or says why it is not read.
pub(crate) fn reading<T: Send>(
    text: &str,
    read: impl FnOnce() -> Result<T, Vec<Issue>> + Send,
) -> Result<T, Vec<Issue>> {
    let letters = text.chars().count();
    if letters > LONGEST {
        let why =
            format!("expression code point size exceeds limit: size: {letters}, limit {LONGEST}");
        return Err(everywhere(&why));
    }
    let seen = look(text);
    if seen.brackets > DEEPEST {
        return Err(too_deep());
    }
    if seen.operators > MOST_OPERATORS {
        return Err(everywhere("max recursion depth exceeded"));
    }
    let room = ROOM + seen.brackets * ROOM_OF_BRACKET + seen.operators * ROOM_OF_OPERATOR;
    with_room(room, read)
        .unwrap_or_else(|| Err(everywhere("no room on the stack for the expression")))
}

/// Runs something on a stack of its own, of so many bytes; none: the system gives no thread.
pub(crate) fn with_room<T: Send>(room: usize, run: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("kube-rules".to_owned()).stack_size(room);
        thread.spawn_scoped(scope, run).ok()?.join().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_texts_and_comments_is_not_counted() {
        let of = |text: &str| {
            let seen = look(text);
            (seen.brackets, seen.operators)
        };
        assert_eq!(of("((1))"), (2, 2));
        assert_eq!(of("'((' + \"[\\\"[\" + r'\\'"), (0, 2));
        assert_eq!(of("'''('(''' // ((("), (0, 0));
        assert_eq!(of("a.b[c] > 0"), (1, 3));
    }
}
