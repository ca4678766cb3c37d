//! What one manager owns of an object: a live object with its `managedFields` in, that part of it, to apply again, out; and how that becomes
//! another manager's.
//!
//! Mirrors: client-go applyconfigurations (`Extract*`), meta/v1/unstructured.go
//! Differs: no schema is needed. Whether an empty set means a whole value or an empty one is told by what other managers own below it.

mod fields;
mod upgrade;

pub use upgrade::ManagedFieldsOperation;
pub use upgrade::ManagedFieldsUpgrade;
pub use upgrade::find_fields_owners;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;
use serde_json::Value;
use serde_json::json;

use super::Apply;
use super::DynamicObject;
use super::HasMetadata;
use super::ObjectMeta;
use super::Resource;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;

/// An apply type that can be had from a live object: what a manager applied, to change a part of it and apply it again.
pub trait Extract: Apply + Sized {
    /// Reads it from JSON.
    #[doc(hidden)]
    fn of_json(owned: Value) -> serde_json::Result<Self>;

    /// What this manager applied of the object, beside its name and namespace; nothing else where it applied nothing.
    ///
    /// # Errors
    /// The object does not say who owns what: lists and watches leave that out unless they are told to keep it, a get does not.
    fn extract(live: &Self::Kind, manager: &str) -> Result<Self> {
        Self::extract_subresource(live, manager, "")
    }

    /// What this manager applied to a subresource, as `status`.
    ///
    /// # Errors
    /// As [`extract`](Self::extract).
    fn extract_subresource(live: &Self::Kind, manager: &str, subresource: &str) -> Result<Self> {
        let (kind, metadata) = (Self::Kind::RESOURCE, Resource::metadata(live));
        // By way of a text: a number of 32 bits would get digits that nobody wrote.
        let text = serde_json::to_string(live);
        let object = text.and_then(|text| serde_json::from_str::<Value>(&text));
        let mut object = object.map_err(|_| unreadable(&kind.kind, metadata))?;
        object["apiVersion"] = kind.api_version().into();
        object["kind"] = kind.kind.as_ref().into();
        let owned = owned(&object, metadata, manager, subresource)?;
        Self::of_json(owned).map_err(|_| unreadable(&kind.kind, metadata))
    }
}

impl DynamicObject {
    /// What this manager applied of it, beside its name and namespace; nothing else where it applied nothing.
    ///
    /// # Errors
    /// The object does not say who owns what: lists and watches leave that out unless they are told to keep it, a get does not.
    pub fn extract(&self, manager: &str) -> Result<Self> {
        self.extract_subresource(manager, "")
    }

    /// What this manager applied to a subresource, as `status`.
    ///
    /// # Errors
    /// As [`extract`](Self::extract).
    pub fn extract_subresource(&self, manager: &str, subresource: &str) -> Result<Self> {
        let unreadable = |_| unreadable(&self.kind, &self.metadata);
        let object = serde_json::to_value(self).map_err(unreadable)?;
        let owned = owned(&object, self.object_meta(), manager, subresource)?;
        serde_json::from_value(owned).map_err(unreadable)
    }
}

/// The part of the object that this manager applied, with what says which object it is.
fn owned(object: &Value, metadata: &ObjectMeta, manager: &str, subresource: &str) -> Result<Value> {
    let entries = entries(object["kind"].as_str().unwrap_or("the object"), metadata)?;
    let is_ours = |entry: &&ManagedFieldsEntry| {
        entry.manager.as_deref() == Some(manager)
            && entry.operation.as_deref() == Some("Apply")
            && entry.subresource.as_deref().unwrap_or_default() == subresource
    };
    let set = |entry: &ManagedFieldsEntry| entry.fields_v1.as_ref().map(|fields| fields.0.clone());
    let ours = entries.iter().find(is_ours).and_then(set);
    let others: Vec<Value> =
        entries.iter().filter(|entry| !is_ours(entry)).filter_map(set).collect();
    let mut owned = match ours {
        Some(ours) => fields::owned(object, &ours, &others.iter().collect::<Vec<_>>()),
        None => json!({}),
    };
    for field in ["apiVersion", "kind"] {
        owned[field] = object[field].clone();
    }
    for (field, value) in [("name", &metadata.name), ("namespace", &metadata.namespace)] {
        if let Some(value) = value {
            owned["metadata"][field] = value.as_str().into();
        }
    }
    Ok(owned)
}

/// Who owns what.
fn entries<'a>(kind: &str, metadata: &'a ObjectMeta) -> Result<&'a [ManagedFieldsEntry]> {
    metadata.managed_fields.as_deref().ok_or_else(|| {
        let message = format!(
            "{} does not say who owns its fields: read it by a get, or list and watch with `keep_managed_fields`",
            described(kind, metadata)
        );
        Error::new(ErrorKind::Input, message)
    })
}

fn described(kind: &str, metadata: &ObjectMeta) -> String {
    format!("{kind} `{}`", metadata.name.as_deref().unwrap_or_default())
}

fn unreadable(kind: &str, metadata: &ObjectMeta) -> Error {
    let message =
        format!("what is owned of {} does not fit its apply type", described(kind, metadata));
    Error::new(ErrorKind::Decode, message)
}

#[cfg(test)]
mod tests;
