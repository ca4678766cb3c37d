//! One mistake at one field, worded as the API server words it.

use std::fmt;

use serde_json::{Value, json};

use crate::json;

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldErrorKind {
    /// It is missing.
    Required,
    /// It has a value that is not allowed.
    Invalid,
    /// It has a value of another type.
    TypeInvalid,
    /// It is none of the listed values.
    NotSupported,
    /// It repeats another item of its list.
    Duplicate,
    /// It may not be set, or not be changed.
    Forbidden,
    /// It is too long.
    TooLong,
    /// It has too many items.
    TooMany,
    /// It names something that does not exist.
    NotFound,
    /// It could not be checked.
    Internal,
}

/// A mistake: where, what, and the value that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldError {
    /// The field's path, as `spec.ports[0].name`.
    pub field: String,
    /// What is wrong.
    pub kind: FieldErrorKind,
    /// The value that was found, as it is printed; empty: none is shown.
    pub bad: String,
    /// What would be right.
    pub detail: String,
}

impl FieldError {
    /// A mistake of any kind; `bad` is the value as it is to be printed.
    #[must_use]
    pub fn new(
        field: impl Into<String>,
        kind: FieldErrorKind,
        bad: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), kind, bad: bad.into(), detail: detail.into() }
    }

    /// The field is missing.
    #[must_use]
    pub fn required(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(field, FieldErrorKind::Required, "", detail)
    }

    /// The field has a value that is not allowed.
    #[must_use]
    pub fn invalid(field: impl Into<String>, bad: &Value, detail: impl Into<String>) -> Self {
        Self::new(field, FieldErrorKind::Invalid, shown(bad), detail)
    }

    /// The field may not be set, or not be changed.
    #[must_use]
    pub fn forbidden(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(field, FieldErrorKind::Forbidden, "", detail)
    }

    /// The field repeats another item.
    #[must_use]
    pub fn duplicate(field: impl Into<String>, bad: &Value) -> Self {
        Self::new(field, FieldErrorKind::Duplicate, shown(bad), "")
    }

    /// The field has none of the supported values.
    #[must_use]
    pub fn not_supported<'a>(
        field: impl Into<String>,
        bad: &Value,
        supported: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let supported: Vec<String> = supported.into_iter().map(json::quoted).collect();
        let detail = if supported.is_empty() {
            String::new()
        } else {
            format!("supported values: {}", supported.join(", "))
        };
        Self::new(field, FieldErrorKind::NotSupported, shown(bad), detail)
    }

    /// The text that follows the field.
    #[must_use]
    pub fn message(&self) -> String {
        let head = match self.kind {
            FieldErrorKind::Required => "Required value".to_owned(),
            FieldErrorKind::Invalid if self.bad.is_empty() => "Invalid value".to_owned(),
            FieldErrorKind::Invalid | FieldErrorKind::TypeInvalid => {
                format!("Invalid value: {}", self.bad)
            }
            FieldErrorKind::NotSupported => format!("Unsupported value: {}", self.bad),
            FieldErrorKind::Duplicate if self.bad.is_empty() => "Duplicate value".to_owned(),
            FieldErrorKind::Duplicate => format!("Duplicate value: {}", self.bad),
            FieldErrorKind::Forbidden => "Forbidden".to_owned(),
            FieldErrorKind::TooLong => "Too long".to_owned(),
            FieldErrorKind::TooMany => format!("Too many: {}", self.bad),
            FieldErrorKind::NotFound => format!("Not found: {}", self.bad),
            FieldErrorKind::Internal => "Internal error".to_owned(),
        };
        if self.detail.is_empty() { head } else { format!("{head}: {}", self.detail) }
    }

    /// The reason of the cause in a `Status`.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self.kind {
            FieldErrorKind::Required => "FieldValueRequired",
            FieldErrorKind::Invalid => "FieldValueInvalid",
            FieldErrorKind::TypeInvalid => "FieldValueTypeInvalid",
            FieldErrorKind::NotSupported => "FieldValueNotSupported",
            FieldErrorKind::Duplicate => "FieldValueDuplicate",
            FieldErrorKind::Forbidden => "FieldValueForbidden",
            FieldErrorKind::TooLong => "FieldValueTooLong",
            FieldErrorKind::TooMany => "FieldValueTooMany",
            FieldErrorKind::NotFound => "FieldValueNotFound",
            FieldErrorKind::Internal => "InternalError",
        }
    }

    /// The cause in a `Status`.
    #[must_use]
    pub fn cause(&self) -> Value {
        json!({"reason": self.reason(), "message": self.message(), "field": self.field})
    }
}

impl From<kube_rules::Mistake> for FieldError {
    fn from(mistake: kube_rules::Mistake) -> Self {
        use kube_rules::MistakeKind;
        let kind = match mistake.kind {
            MistakeKind::Required => FieldErrorKind::Required,
            MistakeKind::NotSupported => FieldErrorKind::NotSupported,
            MistakeKind::Duplicate => FieldErrorKind::Duplicate,
            MistakeKind::Forbidden => FieldErrorKind::Forbidden,
            MistakeKind::Internal => FieldErrorKind::Internal,
            _ => FieldErrorKind::Invalid,
        };
        Self::new(mistake.field, kind, mistake.bad.unwrap_or_default(), mistake.detail)
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.field, self.message())
    }
}

/// A found value as messages print it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => json::quoted(text),
        other => json::text(other),
    }
}

/// A mistake with a text that names the field itself.
pub(super) fn said(path: &str, bad: &Value, text: &str) -> FieldError {
    FieldError::invalid(path, bad, format!("{path} in body {text}"))
}

/// A mistake that names no field.
pub(super) fn nowhere(text: String) -> FieldError {
    FieldError::new("<nil>", FieldErrorKind::Invalid, "\"\"", text)
}

/// What follows `Kind "name" is invalid: `: one mistake bare, several in brackets, equal texts once.
#[must_use]
pub fn invalid_message(errors: &[FieldError]) -> String {
    let mut texts: Vec<String> = Vec::with_capacity(errors.len());
    for error in errors {
        let text = error.to_string();
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    if texts.len() == 1 { texts.remove(0) } else { format!("[{}]", texts.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_worded_as_the_server_words_them() {
        let errors = [
            FieldError::required("spec.containers", ""),
            FieldError::not_supported("spec.tier", &json!("c"), ["a", "b"]),
            FieldError::required("spec.containers", ""),
        ];
        assert_eq!(
            invalid_message(&errors),
            r#"[spec.containers: Required value, spec.tier: Unsupported value: "c": supported values: "a", "b"]"#
        );
        assert_eq!(invalid_message(&errors[..1]), "spec.containers: Required value");
        assert_eq!(errors[1].cause()["reason"], "FieldValueNotSupported");
    }
}
