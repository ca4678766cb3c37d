//! What every derived kind is on the wire: `apiVersion`, `kind` and `metadata` around a spec and a status.

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::DeserializeOwned;
use serde::de::Error;
use serde::de::IgnoredAny;
use serde::ser::SerializeStruct;

use crate::object::ObjectMeta;
use crate::object::Resource;

/// The parts of an object.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope<Spec, Status> {
    api_version: Option<String>,
    kind: Option<String>,
    /// The metadata; empty where there is none.
    #[serde(default)]
    pub metadata: ObjectMeta,
    /// What is wanted.
    pub spec: Spec,
    /// What was observed.
    pub status: Option<Status>,
}

/// The status of a kind without one: never written, and skipped where it is found.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NoStatus;

/// What a kind without a status gives to [`seal`].
pub const NO_STATUS: Option<&NoStatus> = None;

impl Serialize for NoStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de> Deserialize<'de> for NoStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// Writes the parts of a `K`; a status that is absent is left out.
///
/// # Errors
///
/// If a part cannot be written.
pub fn seal<K: Resource, Spec: Serialize, Status: Serialize, S: Serializer>(
    metadata: &ObjectMeta,
    spec: &Spec,
    status: Option<&Status>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let resource = K::RESOURCE;
    let mut object = serializer.serialize_struct("Object", 4 + usize::from(status.is_some()))?;
    object.serialize_field("apiVersion", &resource.api_version())?;
    object.serialize_field("kind", &resource.kind)?;
    object.serialize_field("metadata", metadata)?;
    object.serialize_field("spec", spec)?;
    if let Some(status) = status {
        object.serialize_field("status", status)?;
    }
    object.end()
}

/// Reads the parts of a `K`. The items of a list may come without `apiVersion` and `kind`.
///
/// # Errors
///
/// If it is of another kind or version, or a part cannot be read.
pub fn open<'de, K, Spec, Status, D>(deserializer: D) -> Result<Envelope<Spec, Status>, D::Error>
where
    K: Resource,
    Spec: Deserialize<'de>,
    Status: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let envelope = Envelope::deserialize(deserializer)?;
    let resource = K::RESOURCE;
    let (version, kind) = (resource.api_version(), resource.kind.as_ref());
    let found = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (given_version, given_kind) = (found(&envelope.api_version), found(&envelope.kind));
    if given_version.as_ref().is_some_and(|given| *given != version)
        || given_kind.as_ref().is_some_and(|given| given != kind)
    {
        return Err(D::Error::custom(format_args!(
            "expected a {version} {kind}, found a {} {}",
            given_version.as_deref().unwrap_or_default(),
            given_kind.as_deref().unwrap_or_default(),
        )));
    }
    Ok(envelope)
}

/// What was applied of an object; whatever is not there was not.
#[derive(Deserialize)]
struct Applied<Spec, Status> {
    #[serde(default)]
    metadata: ObjectMeta,
    #[serde(default)]
    spec: Spec,
    status: Option<Status>,
}

/// Reads the parts of what was applied.
///
/// # Errors
///
/// If a part cannot be read.
pub fn open_applied<Spec, Status>(
    owned: serde_json::Value,
) -> serde_json::Result<(ObjectMeta, Spec, Option<Status>)>
where
    Spec: DeserializeOwned + Default,
    Status: DeserializeOwned,
{
    let Applied { metadata, spec, status } = serde_json::from_value(owned)?;
    Ok((metadata, spec, status))
}
