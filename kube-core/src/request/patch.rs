//! A change to an object: one of four sorts in, content type and bytes out.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;

/// A change to an object.
///
/// ```
/// # use kube_core::request::Patch;
/// let patch = Patch::Merge(serde_json::json!({"spec": {"replicas": 3}}));
/// assert_eq!(patch.content_type(), "application/merge-patch+json");
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Patch {
    /// RFC 6902: operations, with `test` among them.
    Json(json_patch::Patch),
    /// RFC 7386: members replace members, `null` removes.
    Merge(Value),
    /// As merge, but lists of built-in kinds are merged by their keys.
    Strategic(Value),
    /// Server-side apply: what this field manager wants, and nothing else of its own.
    Apply(Value),
}

impl Patch {
    /// Server-side apply of an object, or of a part of one. Its `managedFields` are left out, as the server refuses them.
    ///
    /// # Errors
    ///
    /// It cannot be written as JSON.
    pub fn apply<A: Serialize + ?Sized>(object: &A) -> Result<Self> {
        let mut value = serde_json::to_value(object).map_err(|_| unwritable())?;
        if let Some(Value::Object(metadata)) = value.get_mut("metadata") {
            metadata.remove("managedFields");
        }
        Ok(Self::Apply(value))
    }

    /// What the server is told this is.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Json(_) => "application/json-patch+json",
            Self::Merge(_) => "application/merge-patch+json",
            Self::Strategic(_) => "application/strategic-merge-patch+json",
            // JSON is YAML.
            Self::Apply(_) => "application/apply-patch+yaml",
        }
    }

    pub(super) fn to_bytes(&self) -> Result<Bytes> {
        let bytes = match self {
            Self::Json(operations) => serde_json::to_vec(operations),
            Self::Merge(value) | Self::Strategic(value) | Self::Apply(value) => {
                serde_json::to_vec(value)
            }
        };
        bytes.map(Bytes::from).map_err(|_| unwritable())
    }
}

fn unwritable() -> Error {
    Error::new(ErrorKind::Input, "the patch cannot be written as JSON (is a map's key no text?)")
}

/// The sort only: it may change a Secret.
impl fmt::Debug for Patch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json(_) => "Json(..)",
            Self::Merge(_) => "Merge(..)",
            Self::Strategic(_) => "Strategic(..)",
            Self::Apply(_) => "Apply(..)",
        })
    }
}
