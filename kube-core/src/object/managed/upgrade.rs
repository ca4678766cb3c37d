//! The managed fields of an object in, the same with those of client-side apply as a manager's who applies on the server out.
//!
//! Mirrors: client-go util/csaupgrade/upgrade.go
//! Differs: an object that came without managed fields is an error, and not one with nothing to do. Of several entries the newest is the new
//! manager's first, and not the first in a list that servers sort from the oldest on.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;
use serde_json::Map;
use serde_json::Value;

use super::ObjectMeta;
use super::entries;
use super::fields;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::object::HasMetadata;

/// How a manager came to own fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the API has these two")]
pub enum ManagedFieldsOperation {
    /// By server-side apply.
    Apply,
    /// By any other write; client-side apply is one.
    Update,
}

impl ManagedFieldsOperation {
    /// As `managedFields` have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "Apply",
            Self::Update => "Update",
        }
    }

    fn is_of(self, entry: &ManagedFieldsEntry) -> bool {
        entry.operation.as_deref() == Some(self.as_str())
    }
}

/// Who owns all of these fields by this operation. Entries that cannot be read own nothing.
///
/// `fields` are written as in `managedFields`.
///
/// # Errors
/// The object does not say who owns what: lists and watches leave that out unless they are told to keep it, a get does not.
pub fn find_fields_owners<'a>(
    live: &'a impl HasMetadata,
    operation: ManagedFieldsOperation,
    fields: &Value,
) -> Result<Vec<&'a ManagedFieldsEntry>> {
    let owns = |entry: &&ManagedFieldsEntry| {
        let set = entry.fields_v1.as_ref().map(|set| &set.0);
        operation.is_of(entry) && set.is_some_and(|set| fields::has(set, fields))
    };
    Ok(entries("the object", live.object_meta())?.iter().filter(owns).collect())
}

/// From client-side apply to server-side apply: what the one owned becomes the other's, so that a field that is applied no more goes away.
///
/// ```
/// # use k8s_openapi::api::core::v1::ConfigMap;
/// # use kube_core::object::ManagedFieldsUpgrade;
/// let mut live: ConfigMap = serde_json::from_str(r#"{"metadata":{"name":"a","managedFields":[
///     {"manager":"kubectl-client-side-apply","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:k":{}}}}]}}"#).unwrap();
/// let upgrade = ManagedFieldsUpgrade::to("kubectl").from(["kubectl-client-side-apply"]);
/// assert!(upgrade.upgrade(&mut live).unwrap());
/// let entry = &live.metadata.managed_fields.unwrap()[0];
/// assert_eq!((entry.manager.as_deref(), entry.operation.as_deref()), (Some("kubectl"), Some("Apply")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it changes nothing by itself"]
pub struct ManagedFieldsUpgrade {
    to: String,
    from: Vec<String>,
    subresource: String,
}

impl ManagedFieldsUpgrade {
    /// To the fields of this manager, who applies on the server.
    pub fn to(manager: impl Into<String>) -> Self {
        Self { to: manager.into(), from: Vec::new(), subresource: String::new() }
    }

    /// From the fields that these managers updated.
    pub fn from<N: Into<String>>(mut self, managers: impl IntoIterator<Item = N>) -> Self {
        self.from.extend(managers.into_iter().map(Into::into));
        self
    }

    /// Of what was written by way of this subresource, as `status`; without it of what was written to the object itself.
    pub fn subresource(mut self, subresource: impl Into<String>) -> Self {
        self.subresource = subresource.into();
        self
    }

    /// Changes the managed fields of an object: whether there was something to do. [`Patch::upgrade_managed_fields`] changes those of the
    /// server's.
    ///
    /// Of several entries of an old manager, the one of the new one's API version is joined with it; the server cannot tell what those of other
    /// versions mean in this one, and they go away.
    ///
    /// # Errors
    /// The object does not say who owns what: lists and watches leave that out unless they are told to keep it, a get does not. Or what it says
    /// cannot be read.
    ///
    /// [`Patch::upgrade_managed_fields`]: crate::Patch::upgrade_managed_fields
    pub fn upgrade(&self, live: &mut impl HasMetadata) -> Result<bool> {
        let metadata = live.object_meta_mut();
        let upgraded = self.upgraded(metadata)?;
        let changed = upgraded.is_some();
        if changed {
            metadata.managed_fields = upgraded;
        }
        Ok(changed)
    }

    /// The entries as they will be; none if they are so already.
    pub(crate) fn upgraded(
        &self,
        metadata: &ObjectMeta,
    ) -> Result<Option<Vec<ManagedFieldsEntry>>> {
        let before = entries("the object", metadata)?;
        let mut after = before.to_vec();
        for manager in &self.from {
            self.take_over(&mut after, manager)?;
        }
        Ok((after != before).then_some(after))
    }

    fn take_over(&self, entries: &mut Vec<ManagedFieldsEntry>, manager: &str) -> Result<()> {
        use ManagedFieldsOperation::{Apply, Update};
        let is = |entry: &ManagedFieldsEntry, manager: &str, operation: ManagedFieldsOperation| {
            entry.manager.as_deref() == Some(manager)
                && operation.is_of(entry)
                && entry.subresource.as_deref().unwrap_or_default() == self.subresource
        };
        let old = |entry: &ManagedFieldsEntry| is(entry, manager, Update);
        let place = match entries.iter().position(|entry| is(entry, &self.to, Apply)) {
            Some(place) => place,
            None => {
                let olds = entries.iter().enumerate().rev().filter(|(_, entry)| old(entry));
                let newest = olds.max_by_key(|(_, entry)| entry.time.clone());
                let Some((place, entry)) = newest else { return Ok(()) };
                set(entry)?;
                entries[place].manager = Some(self.to.clone());
                entries[place].operation = Some(Apply.as_str().to_owned());
                place
            }
        };
        let mut all = set(&entries[place])?.clone();
        let version = entries[place].api_version.clone();
        let joined = entries.iter().find(|entry| old(entry) && entry.api_version == version);
        if let Some(joined) = joined {
            fields::add(&mut all, set(joined)?);
            if let Some(set) = &mut entries[place].fields_v1 {
                set.0 = all.into();
            }
        }
        entries.retain(|entry| !old(entry));
        Ok(())
    }
}

fn set(entry: &ManagedFieldsEntry) -> Result<&Map<String, Value>> {
    entry.fields_v1.as_ref().and_then(|set| set.0.as_object()).ok_or_else(|| {
        let manager = entry.manager.as_deref().unwrap_or_default();
        let message = format!("the managed fields of `{manager}` are no set of fields");
        Error::new(ErrorKind::Decode, message)
    })
}
