//! What expansions call: two types in, the functions between their objects as JSON out.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::object::CustomResource;
use crate::object::HasStatus;
use crate::object::Neighbours;
use crate::object::Resource;
use crate::object::Versions;
use crate::wire::decode;

/// The versions of a kind: its own, and those that the neighbours add.
#[must_use]
pub fn versions<K: CustomResource>(add: &[fn(&mut Versions)]) -> Versions {
    let definition = K::definition();
    let own = K::RESOURCE.version;
    let schema = definition.spec.versions.into_iter().find(|version| version.name == own);
    let schema = schema.and_then(|version| version.schema?.open_api_v3_schema);
    let schema = serde_json::to_value(schema).unwrap_or_default();
    let schemas = BTreeMap::from([(own.into_owned(), schema)]);
    let mut versions = Versions { resource: K::RESOURCE, schemas, neighbours: Vec::new() };
    add.iter().for_each(|add| add(&mut versions));
    versions
}

/// `Near` and `Far` convert to each other; so the versions of `Far` are versions of `Near`.
pub fn neighbours<Near, Far>(versions: &mut Versions)
where
    Near: CustomResource<Spec: Part + TryFrom<Far::Spec, Error: Display>>,
    Far: CustomResource<Spec: Part + TryFrom<Near::Spec, Error: Display>>,
{
    add::<Far>(
        versions,
        Neighbours {
            near: Near::RESOURCE.version.into_owned(),
            far: Far::RESOURCE.version.into_owned(),
            to_far: spec::<Near::Spec, Far::Spec>,
            to_near: spec::<Far::Spec, Near::Spec>,
            as_near: spec::<Near::Spec, Near::Spec>,
            as_far: spec::<Far::Spec, Far::Spec>,
        },
    );
}

/// The same for kinds with a status.
pub fn neighbours_with_status<Near, Far>(versions: &mut Versions)
where
    Near: CustomResource<Spec: Part + TryFrom<Far::Spec, Error: Display>>
        + HasStatus<Status: TryFrom<Far::Status, Error: Display>>,
    Far: CustomResource<Spec: Part + TryFrom<Near::Spec, Error: Display>>
        + HasStatus<Status: TryFrom<Near::Status, Error: Display>>,
{
    add::<Far>(
        versions,
        Neighbours {
            near: Near::RESOURCE.version.into_owned(),
            far: Far::RESOURCE.version.into_owned(),
            to_far: both::<Near::Spec, Far::Spec, Near::Status, Far::Status>,
            to_near: both::<Far::Spec, Near::Spec, Far::Status, Near::Status>,
            as_near: both::<Near::Spec, Near::Spec, Near::Status, Near::Status>,
            as_far: both::<Far::Spec, Far::Spec, Far::Status, Far::Status>,
        },
    );
}

/// What is read and written.
pub trait Part: Serialize + DeserializeOwned {}

impl<T: Serialize + DeserializeOwned> Part for T {}

fn add<Far: Resource>(versions: &mut Versions, neighbours: Neighbours) {
    versions.neighbours.push(neighbours);
    if let Some(more) = Far::versions() {
        versions.schemas.extend(more.schemas);
        versions.neighbours.extend(more.neighbours);
    }
}

fn spec<A: Part, B: Part + TryFrom<A, Error: Display>>(object: &Value) -> Result<Value, String> {
    let mut converted = serde_json::Map::new();
    converted.insert("spec".to_owned(), part::<A, B>("spec", &object["spec"])?);
    Ok(Value::Object(converted))
}

fn both<A, B, S, T>(object: &Value) -> Result<Value, String>
where
    A: Part,
    B: Part + TryFrom<A, Error: Display>,
    S: Part,
    T: Part + TryFrom<S, Error: Display>,
{
    let mut converted = spec::<A, B>(object)?;
    if let Some(status) = object.get("status").filter(|status| !status.is_null()) {
        converted["status"] = part::<S, T>("status", status)?;
    }
    Ok(converted)
}

/// A field that does not fit is told by its place and not by its value, which may be a secret.
fn part<A: Part, B: Part + TryFrom<A, Error: Display>>(
    place: &str,
    value: &Value,
) -> Result<Value, String> {
    let json = value.to_string();
    let read: A = decode(json.as_bytes()).map_err(|why| match why.starts_with(['.', '[']) {
        true => format!("{place}{why}"),
        false => format!("{place}: {why}"),
    })?;
    let converted = B::try_from(read).map_err(|why| format!("{place}: {why}"))?;
    serde_json::to_value(converted).map_err(|error| format!("{place}: {error}"))
}
