//! A change to an object: one of four sorts in, content type and bytes out.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::object::HasMetadata;
use crate::object::ManagedFieldsUpgrade;

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

    /// Makes what client-side apply owned of an object a server-side manager's. It is refused as a conflict if the object has changed since it
    /// was read. None if there is nothing to do.
    ///
    /// ```
    /// # use kube_core::{DynamicObject, Patch};
    /// # use kube_core::object::ManagedFieldsUpgrade;
    /// let live: DynamicObject = serde_json::from_str(r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","resourceVersion":"7","managedFields":[
    ///     {"manager":"kubectl-client-side-apply","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:k":{}}}}]}}"#).unwrap();
    /// let upgrade = ManagedFieldsUpgrade::to("kubectl").from(["kubectl-client-side-apply"]);
    /// assert!(Patch::upgrade_managed_fields(&live, &upgrade).unwrap().is_some());
    /// ```
    ///
    /// # Errors
    ///
    /// As of [`ManagedFieldsUpgrade::upgrade`]; or the object has no resource version.
    pub fn upgrade_managed_fields(
        live: &impl HasMetadata,
        upgrade: &ManagedFieldsUpgrade,
    ) -> Result<Option<Self>> {
        let metadata = live.object_meta();
        let Some(entries) = upgrade.upgraded(metadata)? else { return Ok(None) };
        let Some(version) = &metadata.resource_version else {
            let message = format!(
                "the object `{}` does not say which version it is: read it from the server",
                metadata.name.as_deref().unwrap_or_default()
            );
            return Err(Error::new(ErrorKind::Input, message));
        };
        // With a `test` a change in between would be an invalid request, and no conflict.
        let operations = json!([
            { "op": "replace", "path": "/metadata/managedFields", "value": entries },
            { "op": "replace", "path": "/metadata/resourceVersion", "value": version },
        ]);
        serde_json::from_value(operations)
            .map(|patch| Some(Self::Json(patch)))
            .map_err(|_| unwritable())
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
