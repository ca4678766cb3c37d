//! What the user calls the operator in; the names of its crate, its kind and its function out, or why it cannot be called so.

use std::fmt;
use std::str::FromStr;

use anyhow::bail;
use anyhow::ensure;

/// The longest name of a Kubernetes object of most kinds.
const LONGEST: usize = 63;
/// What a function cannot be called: Rust's own words, those kept for later, and what the new program has already.
const TAKEN_FUNCTIONS: [&str; 54] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "main", "operator", "tests",
];
/// What a crate cannot be called: what cargo keeps for itself, and what the new one depends on or is linked to.
const TAKEN_CRATES: [&str; 23] = [
    "alloc",
    "build",
    "core",
    "deps",
    "examples",
    "incremental",
    "k8s-openapi",
    "kube-core",
    "kube-derive",
    "kube-embedded",
    "kube-new",
    "kube-rules",
    "kube-spdy",
    "kube-runtime",
    "kube-testing",
    "proc-macro",
    "schemars",
    "serde",
    "serde-json",
    "std",
    "test",
    "tokio",
    "tracing",
];
/// What a kind cannot be called: it would stand before what the new program, or an expansion in it, means by the name.
const TAKEN_KINDS: [&str; 40] = [
    "Action",
    "Box",
    "BTreeMap",
    "Change",
    "Client",
    "Cluster",
    "Condition",
    "Conditions",
    "ConfigMap",
    "Controller",
    "Cx",
    "Default",
    "Denied",
    "Err",
    "Error",
    "EventType",
    "ExitCode",
    "Key",
    "LeaderElection",
    "Lister",
    "None",
    "Normal",
    "Notice",
    "Object",
    "ObjectMeta",
    "Ok",
    "Option",
    "Owned",
    "Resource",
    "Result",
    "Schema",
    "Self",
    "Shutdown",
    "Some",
    "State",
    "String",
    "Terminal",
    "Trigger",
    "Verdict",
    "Warning",
];

/// A name that an operator can have: it is a DNS label, a crate, a kind and a function of Rust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// As the user wrote it: the crate, the operator, its service account.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As its function is called: `web_shop` of `web-shop`.
    #[must_use]
    pub fn function(&self) -> String {
        self.0.replace('-', "_")
    }

    /// As its kind is called: `WebShop` of `web-shop`.
    #[must_use]
    pub fn kind(&self) -> String {
        let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
        self.0.split('-').map(capital).collect()
    }
}

impl FromStr for Name {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let fits = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '-');
        let begins = text.starts_with(|first: char| first.is_ascii_lowercase());
        let words = text.split('-').all(|word| !word.is_empty());
        ensure!(
            begins && words && text.chars().all(fits),
            "`{text}` is no name of an operator: it begins with a letter, and has small letters, digits and single hyphens, as `web-shop`"
        );
        let length = text.len();
        ensure!(length <= LONGEST, "a name has at most {LONGEST} letters, and this one {length}");
        let name = Self(text.to_owned());
        let (function, kind) = (name.function(), name.kind());
        let remedy = format!("call it `{text}-operator`, or as what it keeps");
        if TAKEN_FUNCTIONS.contains(&&*function) {
            bail!("no function can be called `{function}`: {remedy}");
        }
        if TAKEN_CRATES.contains(&text) {
            bail!("no crate beside ours can be called `{text}`: {remedy}");
        }
        if TAKEN_KINDS.contains(&&*kind) {
            bail!(
                "a kind `{kind}` would stand before what the program means by that name: {remedy}"
            );
        }
        Ok(name)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_a_crate_a_kind_and_a_function() {
        let name: Name = "web-shop2".parse().unwrap();
        assert_eq!((&*name.kind(), &*name.function()), ("WebShop2", "web_shop2"));
    }

    #[test]
    fn what_cannot_be_a_name_is_refused_with_the_reason() {
        let long = "a".repeat(64);
        for (text, reason) in [
            ("", "begins with a letter"),
            ("Shop", "small letters"),
            ("2shop", "begins with a letter"),
            ("shop-", "single hyphens"),
            ("web--shop", "single hyphens"),
            ("web_shop", "small letters"),
            ("../shop", "small letters"),
            ("shöp", "small letters"),
            (long.as_str(), "at most 63 letters, and this one 64"),
            ("match", "no function can be called `match`"),
            ("main", "no function can be called `main`"),
            ("kube-runtime", "no crate beside ours"),
            ("test", "no crate beside ours"),
            ("config-map", "a kind `ConfigMap` would stand before"),
        ] {
            let error = text.parse::<Name>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }

    /// The prelude grows: what is new there must not become the name of a kind unnoticed.
    #[test]
    fn no_type_of_the_prelude_can_be_the_name_of_a_kind() {
        let prelude = include_str!("../../kube-runtime/src/prelude.rs");
        let names =
            prelude.lines().filter_map(|line| line.strip_prefix("pub use ")?.strip_suffix(';'));
        let mut count = 0;
        for path in names {
            let name = path.rsplit(['.', ':', ' ']).next().unwrap();
            if name.starts_with(char::is_uppercase) && !name.contains(char::is_whitespace) {
                count += 1;
                let function = name.to_lowercase();
                let refused = TAKEN_KINDS.contains(&name) || TAKEN_FUNCTIONS.contains(&&*function);
                assert!(refused || UNNAMED.contains(&name), "{name}");
            }
        }
        assert!(count > 20, "{count} names were found: the check itself is broken");
    }

    /// A kind of that name takes nothing away: the program does not name these.
    const UNNAMED: [&str; 3] = ["ResourceExt", "PredicateExt", "Triggered"];
}
