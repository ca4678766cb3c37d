//! One thing that is wrong: where, what, and in which words the API server says it.

use std::fmt;

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MistakeKind {
    /// It is missing.
    Required,
    /// It has a value that is not allowed.
    Invalid,
    /// It is none of the listed values.
    NotSupported,
    /// It repeats another item.
    Duplicate,
    /// It may not be so.
    Forbidden,
    /// It could not be checked.
    Internal,
}

/// A mistake in a rule, or in an object that a rule refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mistake {
    /// The field's path, as `spec.replicas`; `<nil>`: the object itself.
    pub field: String,
    /// What is wrong.
    pub kind: MistakeKind,
    /// The value that was found, as it is printed; none where none is shown.
    pub bad: Option<String>,
    /// What would be right.
    pub detail: String,
}

impl Mistake {
    pub(crate) fn new(
        field: impl Into<String>,
        kind: MistakeKind,
        bad: Option<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), kind, bad, detail: detail.into() }
    }

    /// The text that follows the field.
    #[must_use]
    pub fn message(&self) -> String {
        let head = match self.kind {
            MistakeKind::Required => "Required value",
            MistakeKind::Invalid => "Invalid value",
            MistakeKind::NotSupported => "Unsupported value",
            MistakeKind::Duplicate => "Duplicate value",
            MistakeKind::Forbidden => "Forbidden",
            MistakeKind::Internal => "Internal error",
        };
        let shown = match self.kind {
            MistakeKind::Required | MistakeKind::Forbidden | MistakeKind::Internal => None,
            _ => self.bad.as_deref(),
        };
        let head = shown.map_or_else(|| head.to_owned(), |bad| format!("{head}: {bad}"));
        if self.detail.is_empty() { head } else { format!("{head}: {}", self.detail) }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.field, self.message())
    }
}

/// The path of a field below another.
pub(crate) fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// A path as errors print it.
pub(crate) fn shown(path: &str) -> String {
    if path.is_empty() { "<nil>".to_owned() } else { path.to_owned() }
}
