//! An object to apply: a name and what is set in, `apiVersion`, `kind`, `metadata` and that, and nothing else, out.

use std::fmt;
use std::marker::PhantomData;

use kube_core::Apply;
use kube_core::DynamicObject;
use kube_core::Extract;
use kube_core::HasMetadata;
use kube_core::ObjectMeta;
use kube_core::PartOf;
use kube_core::Resource;
use kube_core::Wanted;
use serde::Serialize;
use serde::Serializer;
use serde_json::Map;
use serde_json::Value;

use crate::fields::Fields;

/// What to apply to an object of the kind `K`: a field that is not set stays as it is.
#[must_use = "it changes nothing until it is applied"]
pub struct ObjectApply<K> {
    /// Whose name, labels and annotations are applied.
    pub metadata: ObjectMeta,
    pub(crate) fields: Fields,
    kind: PhantomData<fn() -> K>,
}

impl<K> ObjectApply<K> {
    /// What to apply to the object of this name: only what is set is ours.
    pub fn named(name: impl Into<String>) -> Self {
        let metadata = ObjectMeta { name: Some(name.into()), ..ObjectMeta::default() };
        Self { metadata, fields: Fields::default(), kind: PhantomData }
    }

    /// What was set, beside the metadata.
    #[must_use]
    pub fn as_json(&self) -> &Map<String, Value> {
        self.fields.as_json()
    }

    /// The same, to change a part of what was extracted: a setter puts another value in the place of a whole one.
    pub fn as_json_mut(&mut self) -> &mut Map<String, Value> {
        self.fields.as_json_mut()
    }
}

impl<K: Resource> Apply for ObjectApply<K> {
    type Kind = K;

    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

impl<K: Resource> Extract for ObjectApply<K> {
    fn of_json(owned: Value) -> serde_json::Result<Self> {
        let DynamicObject { metadata, data, .. } = serde_json::from_value(owned)?;
        Ok(Self { metadata, fields: Fields::of(data), kind: PhantomData })
    }
}

impl<K> HasMetadata for ObjectApply<K> {
    fn object_meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn object_meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

impl<K: Resource> Serialize for ObjectApply<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Written<'a> {
            api_version: String,
            kind: &'a str,
            metadata: &'a ObjectMeta,
            #[serde(flatten)]
            fields: &'a Fields,
        }
        let resource = K::RESOURCE;
        let written = Written {
            api_version: resource.api_version(),
            kind: &resource.kind,
            metadata: &self.metadata,
            fields: &self.fields,
        };
        written.serialize(serializer)
    }
}

/// As a part of another, as a claim in the templates of a StatefulSet.
impl<K: Resource> PartOf<K> for ObjectApply<K> {
    fn wanted(self) -> Wanted<K> {
        Wanted::of(&self)
    }
}

impl<K> Clone for ObjectApply<K> {
    fn clone(&self) -> Self {
        let (metadata, fields) = (self.metadata.clone(), self.fields.clone());
        Self { metadata, fields, kind: PhantomData }
    }
}

/// Of a Secret, which fields are set and not to what.
impl<K: Resource> fmt::Debug for ObjectApply<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = K::RESOURCE.kind;
        let mut shown = formatter.debug_struct(&format!("{kind}Apply"));
        shown.field("metadata", &self.metadata);
        match kind == "Secret" {
            true => shown.field("set", &self.as_json().keys().collect::<Vec<_>>()).finish(),
            false => shown.field("set", &self.fields).finish(),
        }
    }
}
