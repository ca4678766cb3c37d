//! Selectable fields: a path in; the text that a field selector compares out.

use serde_json::Value;

/// One field that a selector may name.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) label: String,
    /// Where its value is, first found wins; none: it is always empty.
    pub(crate) paths: Vec<String>,
    /// What stands for a missing value.
    pub(crate) missing: &'static str,
}

impl Field {
    /// A field whose label is its path.
    pub(crate) fn at(label: &str) -> Self {
        Self { label: label.to_owned(), paths: vec![label.to_owned()], missing: "" }
    }

    /// A field whose value is found elsewhere.
    pub(crate) fn from(label: &str, paths: &[&str]) -> Self {
        let paths = paths.iter().map(|&path| path.to_owned()).collect();
        Self { label: label.to_owned(), paths, missing: "" }
    }

    pub(crate) fn or(mut self, missing: &'static str) -> Self {
        self.missing = missing;
        self
    }

    /// The value in `object` as selectors compare it.
    pub(crate) fn value(&self, object: &Value) -> Box<str> {
        let found = self.paths.iter().filter_map(|path| lookup(object, path)).find_map(text);
        found.unwrap_or_else(|| self.missing.into())
    }
}

fn lookup<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    path.trim_start_matches('.').split('.').try_fold(object, |value, member| value.get(member))
}

fn text(value: &Value) -> Option<Box<str>> {
    match value {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.as_str().into()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string().into()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// How a kind words the refusal of a field that it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// `field label not supported: x`
    NotSupported,
    /// `"x" is not a known field selector: only "metadata.name", "metadata.namespace"`
    OnlyName,
    /// `field label "x" not supported for Job`
    ForKind,
}

impl Refusal {
    pub(crate) fn message(self, kind: &str, label: &str) -> String {
        match self {
            Self::NotSupported => format!("field label not supported: {label}"),
            Self::OnlyName => format!(
                "\"{label}\" is not a known field selector: only \"metadata.name\", \
                 \"metadata.namespace\""
            ),
            Self::ForKind => format!("field label \"{label}\" not supported for {kind}"),
        }
    }
}
