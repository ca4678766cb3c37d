//! What the server says about a call that failed (`metav1.Status`): JSON in, [`Status`] out.
//!
//! Nothing here trusts its input: a body that is not a `Status` is none, a member of a wrong type is
//! left out, and what is printed is bounded and free of control characters.

mod answer;
mod excerpt;

pub use answer::Answer;
pub(crate) use excerpt::excerpt;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The longest part of a server's message that is printed; [`Status::message`] keeps all of it.
const PRINTED: usize = 640;

/// The API server's account of a call, usually of one that failed.
///
/// ```
/// # use kube_core::Status;
/// let body = br#"{"kind":"Status","status":"Failure","message":"pods \"web\" not found","reason":"NotFound","code":404}"#;
/// let status = Status::from_json(body).expect("it is a Status");
/// assert_eq!((status.code, status.reason.as_str()), (404, "NotFound"));
/// assert_eq!(status.to_string(), r#"pods "web" not found"#);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// `Success` or `Failure`.
    pub status: String,
    /// For people.
    pub message: String,
    /// For programs: `NotFound`, `Conflict`, …; empty if the server gave none.
    pub reason: String,
    /// The HTTP status code.
    pub code: u16,
    /// What the reason is about.
    pub details: StatusDetails,
    /// With 410 on a paged list: a token with which the list goes on, at a newer revision.
    pub continue_token: Option<String>,
}

/// What a [`Status`] is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusDetails {
    /// The object's name.
    pub name: String,
    /// The API group.
    pub group: String,
    /// The plural of the resource; with reason `Invalid`, the kind.
    pub kind: String,
    /// The object's uid.
    pub uid: String,
    /// Each single cause, e.g. one per invalid field.
    pub causes: Vec<StatusCause>,
    /// How long the server asks to wait, in seconds; 0 if it does not.
    pub retry_after_seconds: u64,
}

/// One cause of a [`Status`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusCause {
    /// For programs: `FieldValueRequired`, `FieldManagerConflict`, …
    pub reason: String,
    /// For people.
    pub message: String,
    /// The field's path.
    pub field: String,
}

impl Status {
    /// A failure, as a server would word it.
    #[must_use]
    pub fn failure(code: u16, reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status: "Failure".to_owned(),
            message: message.into(),
            reason: reason.into(),
            code,
            ..Self::default()
        }
    }

    /// Reads a `Status`; none if the bytes are not JSON or not of that kind.
    #[must_use]
    pub fn from_json(body: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(body).ok()?;
        Self::from_value(&value)
    }

    /// Reads a `Status`; none if the value is not of that kind.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        if value.get("kind")?.as_str()? != "Status" {
            return None;
        }
        let details = value.get("details").unwrap_or(&Value::Null);
        Some(Self {
            status: text(value, "status"),
            message: text(value, "message"),
            reason: text(value, "reason"),
            code: value.get("code").and_then(Value::as_u64).map_or(0, clamped),
            details: StatusDetails {
                name: text(details, "name"),
                group: text(details, "group"),
                kind: text(details, "kind"),
                uid: text(details, "uid"),
                causes: details
                    .get("causes")
                    .and_then(Value::as_array)
                    .map_or_else(Vec::new, |causes| {
                        causes.iter().map(StatusCause::from_value).collect()
                    }),
                retry_after_seconds: details
                    .get("retryAfterSeconds")
                    .and_then(Value::as_u64)
                    .unwrap_or(0),
            },
            continue_token: Some(text(value.get("metadata").unwrap_or(&Value::Null), "continue"))
                .filter(|token| !token.is_empty()),
        })
    }

    /// Whether this says that the call failed.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.status != "Success"
    }

    /// Whether one of the causes has this reason.
    #[must_use]
    pub fn has_cause(&self, reason: &str) -> bool {
        self.details.causes.iter().any(|cause| cause.reason == reason)
    }
}

impl StatusCause {
    fn from_value(value: &Value) -> Self {
        Self {
            reason: text(value, "reason"),
            message: text(value, "message"),
            field: text(value, "field"),
        }
    }
}

fn text(value: &Value, member: &str) -> String {
    value.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn clamped(code: u64) -> u16 {
    u16::try_from(code).unwrap_or(0)
}

/// The message, bounded; without one, reason and code.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.message.trim().is_empty() {
            return f.write_str(&excerpt(self.message.trim().as_bytes(), PRINTED));
        }
        let reason = if self.reason.is_empty() { "no reason given" } else { &self.reason };
        write!(f, "the server answered {}: {}", self.code, excerpt(reason.as_bytes(), 64))
    }
}

impl std::error::Error for Status {}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_value(&value).ok_or_else(|| serde::de::Error::custom("not of kind `Status`"))
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut value = serde_json::json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": self.status,
            "code": self.code,
        });
        let members = [("message", &self.message), ("reason", &self.reason)];
        for (member, text) in members.into_iter().filter(|(_, text)| !text.is_empty()) {
            value[member] = Value::from(text.as_str());
        }
        if let Some(token) = &self.continue_token {
            value["metadata"]["continue"] = Value::from(token.as_str());
        }
        if self.details != StatusDetails::default() {
            value["details"] = self.details.to_value();
        }
        value.serialize(serializer)
    }
}

impl StatusDetails {
    fn to_value(&self) -> Value {
        let mut value = Value::Object(serde_json::Map::new());
        let members = [
            ("name", &self.name),
            ("group", &self.group),
            ("kind", &self.kind),
            ("uid", &self.uid),
        ];
        for (member, text) in members.into_iter().filter(|(_, text)| !text.is_empty()) {
            value[member] = Value::from(text.as_str());
        }
        if !self.causes.is_empty() {
            value["causes"] = self
                .causes
                .iter()
                .map(|StatusCause { reason, message, field }| {
                    serde_json::json!({ "reason": reason, "message": message, "field": field })
                })
                .collect();
        }
        if self.retry_after_seconds > 0 {
            value["retryAfterSeconds"] = Value::from(self.retry_after_seconds);
        }
        value
    }
}

#[cfg(test)]
mod tests;
