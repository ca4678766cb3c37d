//! An object of which only the metadata is read: JSON in, everything else dropped.

use std::fmt;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::Visitor;

use super::ApiResource;
use super::HasMetadata;
use super::ObjectMeta;
use super::dynamic::fill;
use super::visit::Common;

/// The metadata of an object of any kind. The server sends it alone when asked to (`as=PartialObjectMetadata`).
///
/// ```
/// # use kube_core::{PartialObjectMetadata, ResourceExt};
/// let json = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[]}}"#;
/// let object: PartialObjectMetadata = serde_json::from_str(json).unwrap();
/// assert_eq!(object.name(), "a");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_structs, reason = "an object's head is these three")]
pub struct PartialObjectMetadata {
    /// Group and version; empty where the server leaves it out.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    /// The kind; empty where the server leaves it out.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The metadata.
    pub metadata: ObjectMeta,
}

impl HasMetadata for PartialObjectMetadata {
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

impl<'de> Deserialize<'de> for PartialObjectMetadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = PartialObjectMetadata;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut common = Common::default();
                while let Some(member) = map.next_key::<std::borrow::Cow<'_, str>>()? {
                    if !common.take(&member, &mut map)? {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(PartialObjectMetadata {
                    api_version: common.api_version.unwrap_or_default(),
                    kind: common.kind.unwrap_or_default(),
                    metadata: common.metadata.unwrap_or_default(),
                })
            }
        }

        deserializer.deserialize_map(Members)
    }
}
