//! A view of an existing kind on the wire: the fields that it names beside `apiVersion` and `kind`; what it does not name is skipped.

use std::marker::PhantomData;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::DeserializeOwned;
use serde::de::DeserializeSeed;
use serde::de::Error;
use serde::de::IntoDeserializer;
use serde::de::MapAccess;
use serde::de::Visitor;
use serde::forward_to_deserialize_any;

use super::ObjectMeta;
use super::Resource;

/// What the derive knows of a view: how its own fields are written, `metadata` among them.
pub trait View: Resource {
    /// Writes them.
    ///
    /// # Errors
    ///
    /// If one cannot be written.
    fn write_fields<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sealed<'a, T> {
    api_version: String,
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a ObjectMeta>,
    #[serde(flatten)]
    fields: T,
}

struct Fields<'a, K>(&'a K);

impl<K: View> Serialize for Fields<'_, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write_fields(serializer)
    }
}

/// Writes a whole view.
///
/// # Errors
///
/// If a field cannot be written.
pub fn seal_view<K: View, S: Serializer>(view: &K, serializer: S) -> Result<S::Ok, S::Error> {
    seal_as::<K, _, _>(None, Fields(view), serializer)
}

/// Writes what is applied through a view: these fields beside `metadata`.
///
/// # Errors
///
/// If a field cannot be written.
pub fn seal_fields<K: Resource, T: Serialize, S: Serializer>(
    metadata: &ObjectMeta,
    fields: T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    seal_as::<K, _, _>(Some(metadata), fields, serializer)
}

/// Reads what was applied through a view.
///
/// # Errors
///
/// If a field cannot be read.
pub fn open_fields<T: DeserializeOwned>(
    mut owned: serde_json::Value,
) -> serde_json::Result<(ObjectMeta, T)> {
    let metadata = owned["metadata"].take();
    Ok((serde_json::from_value(metadata)?, serde_json::from_value(owned)?))
}

fn seal_as<K: Resource, T: Serialize, S: Serializer>(
    metadata: Option<&ObjectMeta>,
    fields: T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let resource = K::RESOURCE;
    let api_version = resource.api_version();
    Sealed { api_version, kind: &resource.kind, metadata, fields }.serialize(serializer)
}

/// Reads an object of kind `K` without its `apiVersion` and `kind`, which are checked where they stand: the items of a list come without.
#[derive(Debug)]
pub struct Opening<K, D> {
    deserializer: D,
    kind: PhantomData<fn() -> K>,
}

impl<K: Resource, D> Opening<K, D> {
    /// Of this object.
    pub fn new(deserializer: D) -> Self {
        Self { deserializer, kind: PhantomData }
    }
}

impl<'de, K: Resource, D: Deserializer<'de>> Deserializer<'de> for Opening<K, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.deserializer.deserialize_map(Members::<K, V> { inner: visitor, kind: PhantomData })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The visitor, and then the members, of an object of kind `K`.
struct Members<K, I> {
    inner: I,
    kind: PhantomData<fn() -> K>,
}

impl<'de, K: Resource, V: Visitor<'de>> Visitor<'de> for Members<K, V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "a {}", K::RESOURCE.kind)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Members::<K, A> { inner: map, kind: PhantomData })
    }
}

impl<'de, K: Resource, A: MapAccess<'de>> MapAccess<'de> for Members<K, A> {
    type Error = A::Error;

    fn next_key_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, A::Error> {
        while let Some(name) = self.inner.next_key::<String>()? {
            let expected = match name.as_str() {
                "apiVersion" => K::RESOURCE.api_version(),
                "kind" => K::RESOURCE.kind.into_owned(),
                _ => return seed.deserialize(name.into_deserializer()).map(Some),
            };
            let given: Option<String> = self.inner.next_value()?;
            if given.as_ref().is_some_and(|given| !given.is_empty() && *given != expected) {
                return Err(A::Error::custom(format_args!(
                    "expected a {} {}, found one of {name} {}",
                    K::RESOURCE.api_version(),
                    K::RESOURCE.kind,
                    given.unwrap_or_default(),
                )));
            }
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        self.inner.next_value_seed(seed)
    }
}

/// The metadata of a view, read: an object may come without.
///
/// # Errors
///
/// If it is no metadata.
pub fn metadata_or_none<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<ObjectMeta, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
