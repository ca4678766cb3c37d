//! What a server says beside its answer: `Warning` headers in, each text once to the log, or all of them to whoever wants to hear them.

use std::collections::HashSet;

use parking_lot::Mutex;

use crate::transport::Headers;

/// After so many different texts no more are remembered, and each further one is dropped.
const REMEMBERED: usize = 1000;
/// The longest text that is printed.
const PRINTED: usize = 512;

/// Hears of what the server warns, in place of the log.
///
/// A closure is one: `client.warned_by(Arc::new(|warning: &Warning<'_>| println!("{}", warning.text)))`.
#[diagnostic::on_unimplemented(message = "`{Self}` does not implement `WarningObserver`")]
pub trait WarningObserver: Send + Sync {
    /// The server warns. It is called for every warning, as often as it comes; control characters in it are escaped. It runs on the task of
    /// whoever asked, so it does not wait.
    fn warned(&self, warning: &Warning<'_>);
}

impl<F: Fn(&Warning<'_>) + Send + Sync> WarningObserver for F {
    fn warned(&self, warning: &Warning<'_>) {
        self(warning);
    }
}

/// What the server says of a request beside its answer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Warning<'client> {
    /// What it says, at most 512 bytes of it.
    pub text: &'client str,
    /// What the request was to do, as ``create pods in namespace `prod` ``.
    pub purpose: &'client str,
}

/// The warnings that were logged already.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    known: Mutex<HashSet<String>>,
}

impl Warnings {
    /// Tells the observer, or logs what is new in these headers.
    pub(super) fn tell(
        &self,
        headers: &Headers,
        purpose: &str,
        observer: Option<&dyn WarningObserver>,
    ) {
        for text in headers.get_all("warning").filter_map(text) {
            if let Some(observer) = observer {
                observer.warned(&Warning { text: &text, purpose });
            } else if self.is_new(&text) {
                tracing::warn!(warning = %text, "the API server warns");
            }
        }
    }

    fn is_new(&self, text: &str) -> bool {
        let mut known = self.known.lock();
        known.len() < REMEMBERED && !known.contains(text) && known.insert(text.to_owned())
    }
}

/// The text of `299 <agent> "<text>"`, with control characters made visible.
fn text(header: &str) -> Option<String> {
    let rest = header.trim().strip_prefix("299 ")?;
    let (_agent, quoted) = rest.split_once(' ')?;
    let mut characters = quoted.trim_start().strip_prefix('"')?.chars();
    let mut text = String::new();
    loop {
        match characters.next()? {
            '"' => return Some(text),
            '\\' => text.extend(characters.next()?.escape_debug()),
            character if character.is_control() => text.extend(character.escape_debug()),
            character if text.len() < PRINTED => text.push(character),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_read_and_cannot_forge_a_line_of_the_log() {
        let check = |header: &str, expected: Option<&str>| {
            assert_eq!(text(header).as_deref(), expected, "{header:?}");
        };
        check(
            r#"299 - "extensions/v1beta1 is deprecated""#,
            Some("extensions/v1beta1 is deprecated"),
        );
        check(r#"299 - "say \"x\" \\ y""#, Some("say \\\"x\\\" \\\\ y"));
        check("299 - \"a\u{1b}[31mb\nc\"", Some("a\\u{1b}[31mb\\nc"));
        check(r#"199 - "other code""#, None);
        check(r#"299 - "no end"#, None);
        check("299", None);
        assert!(text(&format!("299 - \"{}\"", "x".repeat(5000))).unwrap().len() <= PRINTED);
    }

    #[test]
    fn each_warning_is_logged_once() {
        let warnings = Warnings::default();
        assert!(warnings.is_new("a"));
        assert!(!warnings.is_new("a"));
        assert!(warnings.is_new("b"));
        for number in 0..2 * REMEMBERED {
            warnings.is_new(&number.to_string());
        }
        assert_eq!(warnings.known.lock().len(), REMEMBERED);
    }
}
