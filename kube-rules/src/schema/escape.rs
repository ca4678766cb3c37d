//! Names of properties as rules write them: `foo-bar` is `foo__dash__bar`.
//!
//! Mirrors: apiserver pkg/cel/escaping.go

use std::borrow::Cow;

const RESERVED: [&str; 21] = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

const ESCAPES: [(&str, &str); 4] =
    [("__", "underscores"), (".", "dot"), ("-", "dash"), ("/", "slash")];

/// It is a word of CEL.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// Whether an expression can name a variable so: letters, digits and `_`, no digit first, and no word of CEL.
#[must_use]
pub fn is_identifier(name: &str) -> bool {
    let starts = name.starts_with(|first: char| first == '_' || first.is_ascii_alphabetic());
    let goes_on = name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
    starts && goes_on && !is_reserved(name)
}

/// The name in a rule; none: no rule can name it.
pub(crate) fn escape(name: &str) -> Option<Cow<'_, str>> {
    let first = name.bytes().next()?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte);
    if first.is_ascii_digit() || !name.bytes().all(allowed) {
        return None;
    }
    if RESERVED.contains(&name) {
        return Some(format!("__{name}__").into());
    }
    let mut escaped = Cow::Borrowed(name);
    for (plain, word) in ESCAPES {
        if name.contains(plain) {
            // `__` comes first: what the others insert is not escaped again.
            escaped = escaped.replace(plain, &format!("__{word}__")).into();
        }
    }
    Some(escaped)
}

/// The property that a name in a rule stands for.
pub(crate) fn unescape(name: &str) -> Option<Cow<'_, str>> {
    let mut plain = String::new();
    let mut rest = name;
    while let Some(start) = rest.find("__") {
        let after = &rest[start + 2..];
        let end = after.find('_').filter(|end| *end > 0 && after[*end..].starts_with("__"));
        let Some(end) = end else {
            let step = start + 1;
            plain.push_str(&rest[..step]);
            rest = &rest[step..];
            continue;
        };
        let word = &after[..end];
        plain.push_str(&rest[..start]);
        match ESCAPES.iter().find(|(_, escape)| *escape == word) {
            Some((text, _)) => plain.push_str(text),
            None if RESERVED.contains(&word) && word.len() + 4 == name.len() => {
                plain.push_str(word)
            }
            None => return None,
        }
        rest = &after[end + 2..];
    }
    if rest.len() == name.len() {
        return Some(name.into());
    }
    plain.push_str(rest);
    Some(plain.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_rule_is_the_property_it_stands_for() {
        let rows = [
            ("foo", "foo"),
            ("foo-bar", "foo__dash__bar"),
            ("a.b/c", "a__dot__b__slash__c"),
            ("x__y", "x__underscores__y"),
            ("namespace", "__namespace__"),
            ("a_b", "a_b"),
            ("_a", "_a"),
        ];
        for (name, escaped) in rows {
            assert_eq!(escape(name).as_deref(), Some(escaped));
            assert_eq!(unescape(escaped).as_deref(), Some(name));
        }
        assert_eq!(escape("1a"), None);
        assert_eq!(escape("a b"), None);
        assert_eq!(unescape("a__nothing__"), None);
    }
}
