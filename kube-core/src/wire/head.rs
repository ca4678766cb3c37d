//! One object's JSON in, the few members that every stage needs out, in one pass that copies nothing else.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use serde::Deserialize;
use serde::Deserializer;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::Visitor;
use serde::de::value::MapAccessDeserializer;
use serde_json::value::RawValue;

use crate::object::group_of;

/// What the pipeline has to know of an object without decoding it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectHead {
    /// Where it is; none for kinds without namespaces.
    pub namespace: Option<Box<str>>,
    /// Its name, never empty.
    pub name: Box<str>,
    /// What tells it from others of its name; empty where the API has none.
    pub uid: Box<str>,
    /// Its revision; empty where the API has none.
    pub resource_version: Box<str>,
    /// How often its spec changed.
    pub generation: Option<i64>,
    /// Whether its deletion has begun.
    pub deletion: bool,
    /// Whose it is.
    pub owners: Box<[OwnerHead]>,
    /// What keeps it from going away.
    pub finalizers: Box<[Box<str>]>,
}

/// One owner of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnerHead {
    /// The API group, without the version: owners are found across versions.
    pub group: Box<str>,
    /// The kind.
    pub kind: Box<str>,
    /// The name.
    pub name: Box<str>,
    /// The uid.
    pub uid: Box<str>,
    /// Whether this owner controls the object.
    pub controller: bool,
}

impl ObjectHead {
    /// The owner that controls it; there is one at most.
    #[must_use]
    pub fn controller(&self) -> Option<&OwnerHead> {
        self.owners.iter().find(|owner| owner.controller)
    }
}

/// The head, and where the value of `managedFields` stands if there is something in it.
pub(super) fn read(json: &str) -> Result<(ObjectHead, Option<Range<usize>>), Unreadable> {
    let Object(shell) = serde_json::from_str(json)?;
    parts(shell, json.as_ptr().addr())
}

/// The same of the object at the front of these bytes, and where it ends. None if it is not whole, or anything is wrong
/// with it.
pub(super) fn read_first(json: &[u8]) -> Option<(ObjectHead, Option<Range<usize>>, usize)> {
    let mut values = serde_json::Deserializer::from_slice(json).into_iter();
    let Object(shell) = values.next()?.ok()?;
    let end = values.byte_offset();
    let (head, range) = parts(shell, json.as_ptr().addr()).ok()?;
    // The parser does not look at the texts that it passes over.
    std::str::from_utf8(&json[..end]).ok()?;
    Some((head, range, end))
}

fn parts(
    shell: Shell<'_>,
    start_of_json: usize,
) -> Result<(ObjectHead, Option<Range<usize>>), Unreadable> {
    let Some(Object(metadata)) = shell.metadata else {
        return Err(Unreadable::Missing("it has no metadata"));
    };
    let Some(name) = metadata.name.filter(|name| !name.is_empty()) else {
        return Err(Unreadable::Missing("it has no name"));
    };
    let managed_fields = metadata.managed_fields.map(RawValue::get).filter(|raw| raw.len() > 2);
    let range = managed_fields.map(|raw| {
        // A borrowed part of the JSON: the distance of the two is where it stands.
        let start = raw.as_ptr().addr() - start_of_json;
        start..start + raw.len()
    });
    let head = ObjectHead {
        namespace: metadata.namespace.filter(|namespace| !namespace.is_empty()),
        name,
        uid: metadata.uid.unwrap_or_default(),
        resource_version: metadata.resource_version.unwrap_or_default(),
        generation: metadata.generation,
        deletion: metadata.deletion_timestamp.is_some(),
        owners: metadata.owner_references.into_iter().flatten().map(Owner::into_head).collect(),
        finalizers: metadata.finalizers.unwrap_or_default(),
    };
    Ok((head, range))
}

/// Why there is no head.
#[derive(Debug)]
pub(super) enum Unreadable {
    Json(serde_json::Error),
    Missing(&'static str),
}

impl From<serde_json::Error> for Unreadable {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

#[derive(Deserialize)]
struct Shell<'a> {
    #[serde(borrow)]
    metadata: Option<Object<Metadata<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    namespace: Option<Box<str>>,
    name: Option<Box<str>>,
    uid: Option<Box<str>>,
    resource_version: Option<Box<str>>,
    generation: Option<i64>,
    deletion_timestamp: Option<IgnoredAny>,
    owner_references: Option<Vec<Owner>>,
    finalizers: Option<Box<[Box<str>]>>,
    #[serde(borrow)]
    managed_fields: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owner {
    api_version: Box<str>,
    kind: Box<str>,
    name: Box<str>,
    uid: Box<str>,
    controller: Option<bool>,
}

impl Owner {
    fn into_head(self) -> OwnerHead {
        OwnerHead {
            group: group_of(&self.api_version).into(),
            kind: self.kind,
            name: self.name,
            uid: self.uid,
            controller: self.controller.unwrap_or_default(),
        }
    }
}

/// A JSON object, and no array: serde's derived structs would take both.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(Members(PhantomData))
    }
}
