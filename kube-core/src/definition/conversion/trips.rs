//! The versions of a kind in, what of made-up objects does not come back from another version out.

use serde_json::Value;
use serde_json::json;

use super::PARTS;
use super::kept;
use super::parts;
use crate::definition::arbitrary;
use crate::object::Versions;

/// So many objects of each version go to each other version and back.
const SAMPLES: u64 = 64;

/// Says what is lost or changed, each with the object; nothing where all comes back. Objects that a function refuses tell nothing, unless it
/// refuses all of them.
pub(crate) fn lost_between_versions(versions: &Versions) -> Vec<String> {
    let mut found = Vec::new();
    for from in versions.names() {
        for to in versions.names().filter(|to| *to != from) {
            if let Err(why) = journeys(versions, from, to) {
                found.push(format!("{from} to {to} and back: {why}"));
            }
        }
    }
    found
}

/// Stops at the first that is not what it was.
fn journeys(versions: &Versions, from: &str, to: &str) -> Result<(), String> {
    let mut refused = None;
    let mut came = 0;
    for seed in 0..SAMPLES {
        let object = sampled(versions, from, seed);
        let there = match versions.convert(&object, to) {
            Ok(there) => there,
            Err(error) => {
                refused = Some(error.to_string());
                continue;
            }
        };
        came += 1;
        let shown = || format!("of {} came {}", parts(&object), parts(&there));
        let back = versions.convert(&there, from);
        let back = back.map_err(|error| format!("{}, and {error}", shown()))?;
        if !kept::same(&parts(&written(versions, &object, from)?), &parts(&back)) {
            return Err(format!("{}, and of that {}", shown(), parts(&back)));
        }
        let (one, other) = (metadata(versions, &object), metadata(versions, &back));
        if one != other {
            return Err(format!("the metadata was {one} and is {other}"));
        }
    }
    match refused.filter(|_| came == 0) {
        Some(why) => Err(format!("none of {SAMPLES} objects could go: {why}")),
        None => Ok(()),
    }
}

/// What the version's own type makes of it, which is what a client of that version would write.
fn written(versions: &Versions, object: &Value, version: &str) -> Result<Value, String> {
    let pair = versions.neighbours.iter().find(|pair| pair.near == version || pair.far == version);
    match pair {
        Some(pair) if pair.near == version => (pair.as_near)(object),
        Some(pair) => (pair.as_far)(object),
        None => Ok(object.clone()),
    }
    .map(|read| super::complete(read, object))
}

fn sampled(versions: &Versions, version: &str, seed: u64) -> Value {
    let mut random = fastrand::Rng::with_seed(seed);
    let schema = &versions.schemas[version];
    let mut object = json!({
        "apiVersion": format!("{}/{version}", versions.resource.group),
        "kind": versions.resource.kind,
        "metadata": { "name": "sample", "labels": { "seed": seed.to_string() } },
    });
    for part in PARTS {
        let schema = &schema["properties"][part];
        if !schema.is_null() && (part == "spec" || random.bool()) {
            object[part] = arbitrary::any(schema, &mut random);
        }
    }
    object
}

/// Without what converting keeps there.
fn metadata(versions: &Versions, object: &Value) -> Value {
    let mut metadata = object["metadata"].clone();
    if let Some(annotations) = metadata["annotations"].as_object_mut() {
        annotations.remove(&versions.annotation());
    }
    if metadata["annotations"].as_object().is_none_or(serde_json::Map::is_empty) {
        metadata.as_object_mut().map(|metadata| metadata.remove("annotations"));
    }
    metadata
}
