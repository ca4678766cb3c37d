//! An object of a kind known only at run time: JSON in, JSON out, nothing lost.

use std::fmt;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::Error;
use serde::de::MapAccess;
use serde::de::Visitor;
use serde::ser::SerializeMap;
use serde_json::Map;
use serde_json::Value;

use super::ApiResource;
use super::HasMetadata;
use super::ObjectMeta;
use super::visit::Common;

/// An object of any kind: typed metadata, everything else as JSON.
///
/// ```
/// # use kube_core::{DynamicObject, ResourceExt};
/// let json = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"v"}}"#;
/// let object: DynamicObject = serde_json::from_str(json).unwrap();
/// assert_eq!(object.name(), "a");
/// assert_eq!(object.data["data"]["k"], "v");
/// assert_eq!(serde_json::to_string(&object).unwrap(), json);
/// ```
#[derive(Clone, Default, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "an object is these four, users build it")]
pub struct DynamicObject {
    /// Group and version; empty where the server leaves it out, as in the items of a list.
    pub api_version: String,
    /// The kind; empty where the server leaves it out.
    pub kind: String,
    /// The metadata.
    pub metadata: ObjectMeta,
    /// Every other member: `spec`, `status`, `data`, …
    pub data: Map<String, Value>,
}

impl DynamicObject {
    /// An object of this kind and name, with nothing in it yet.
    #[must_use]
    pub fn new(name: impl Into<String>, resource: &ApiResource) -> Self {
        Self {
            metadata: ObjectMeta { name: Some(name.into()), ..ObjectMeta::default() },
            ..Self::default()
        }
        .typed(resource)
    }

    /// Fills in `apiVersion` and `kind` where they are missing.
    #[must_use]
    pub fn typed(mut self, resource: &ApiResource) -> Self {
        self.fill_kind(resource);
        self
    }

    /// The same object without its type; [`decode`](Self::decode) is the way back.
    ///
    /// # Errors
    ///
    /// It cannot be written as a JSON object.
    pub fn of<K: super::Resource>(object: &K) -> crate::error::Result<Self> {
        let written = serde_json::to_value(object).and_then(Self::deserialize);
        written.map(|written| written.typed(&K::RESOURCE)).map_err(|_| {
            let name = object.metadata().name.as_deref().unwrap_or_default();
            let message = format!("{} `{name}` cannot be written as JSON", K::RESOURCE.kind);
            crate::error::Error::new(crate::error::ErrorKind::Input, message)
        })
    }

    /// The same object as a type known at compile time.
    ///
    /// # Errors
    ///
    /// It does not fit the type.
    pub fn decode<K: serde::de::DeserializeOwned>(&self) -> crate::error::Result<K> {
        let value = serde_json::to_value(self).and_then(K::deserialize);
        value.map_err(|_| {
            let name = self.metadata.name.as_deref().unwrap_or_default();
            let message = format!("{} `{name}` does not fit the type it is read as", self.kind);
            crate::error::Error::new(crate::error::ErrorKind::Decode, message)
        })
    }
}

impl HasMetadata for DynamicObject {
    fn object_meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn object_meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }

    fn fill_kind(&mut self, resource: &ApiResource) {
        fill(&mut self.api_version, &mut self.kind, resource);
    }
}

/// Both where they are missing.
pub(super) fn fill(api_version: &mut String, kind: &mut String, resource: &ApiResource) {
    if api_version.is_empty() {
        *api_version = resource.api_version();
    }
    if kind.is_empty() {
        kind.push_str(&resource.kind);
    }
}

/// Which object it is and which members it has; not what is in them, as it may be a Secret.
impl fmt::Debug for DynamicObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicObject")
            .field("api_version", &self.api_version)
            .field("kind", &self.kind)
            .field("namespace", &self.metadata.namespace)
            .field("name", &self.metadata.name)
            .field("resource_version", &self.metadata.resource_version)
            .field("members", &self.data.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl Serialize for DynamicObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (member, text) in [("apiVersion", &self.api_version), ("kind", &self.kind)] {
            if !text.is_empty() {
                map.serialize_entry(member, text)?;
            }
        }
        map.serialize_entry("metadata", &self.metadata)?;
        for (member, value) in &self.data {
            map.serialize_entry(member, value)?;
        }
        map.end()
    }
}

/// By hand: `#[serde(flatten)]` reads everything twice.
impl<'de> Deserialize<'de> for DynamicObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = DynamicObject;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DynamicObject, A::Error> {
                let mut common = Common::default();
                let mut data = Map::new();
                while let Some(member) = map.next_key::<String>()? {
                    if common.take(&member, &mut map)? {
                        continue;
                    }
                    let value = map.next_value()?;
                    if data.insert(member, value).is_some() {
                        return Err(A::Error::custom("a member stands there twice"));
                    }
                }
                Ok(DynamicObject {
                    api_version: common.api_version.unwrap_or_default(),
                    kind: common.kind.unwrap_or_default(),
                    metadata: common.metadata.unwrap_or_default(),
                    data,
                })
            }
        }

        deserializer.deserialize_map(Members)
    }
}
