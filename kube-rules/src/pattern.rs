//! Patterns as Go's regexp takes them: text in, a compiled pattern out.
//!
//! Differs: why a text is no pattern is told in another library's words.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::sync::Mutex;

use regex::Regex;

/// How often Go lets a part be repeated.
const MOST_REPEATS: u32 = 1_000;
/// So many patterns are kept compiled; then all are forgotten.
const MOST_KEPT: usize = 256;

static KEPT: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);

/// Compiles a pattern, or finds it compiled.
pub(crate) fn pattern(text: &str) -> Result<Regex, String> {
    if let Ok(kept) = KEPT.lock()
        && let Some(pattern) = kept.get(text)
    {
        return Ok(pattern.clone());
    }
    if let Some(count) = too_often(text) {
        return Err(format!("invalid repeat count: `{{{count}}}`"));
    }
    let pattern = Regex::new(text).map_err(|error| error.to_string())?;
    if let Ok(mut kept) = KEPT.lock() {
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(text.to_owned(), pattern.clone());
    }
    Ok(pattern)
}

/// A count of repeats that Go does not take.
fn too_often(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(start) = rest.find(['{', '\\']) {
        let after = &rest[start + 1..];
        if rest[start..].starts_with('\\') {
            rest = after.get(after.chars().next().map_or(0, char::len_utf8)..).unwrap_or_default();
            continue;
        }
        if let Some((inside, _)) = after.split_once('}')
            && inside
                .split(',')
                .any(|count| count.parse::<u32>().is_ok_and(|count| count > MOST_REPEATS))
        {
            return Some(inside);
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_taken_if_go_takes_it() {
        for text in ["^a+$", r"\pL", r"\d{3,1000}", "[[:alpha:]]", r"\{9999}", "(?i)x"] {
            assert!(pattern(text).is_ok(), "{text}");
        }
        for text in ["(", "a{1001}", "(?=a)", "[", r"\8"] {
            assert!(pattern(text).is_err(), "{text}");
        }
    }
}
