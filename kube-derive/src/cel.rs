//! Names in expressions of CEL: text in, whether it can be one, out.

const WORDS: [&str; 21] = [
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

/// It is a word of the language.
pub(crate) fn is_word(name: &str) -> bool {
    WORDS.contains(&name)
}

/// An expression can name a variable so.
pub(crate) fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first == '_' || first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
        && !is_word(name)
}
