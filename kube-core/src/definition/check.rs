//! What the test does that the derive emits: a kind in, a panic that says all that is wrong with its definition out.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Map;
use serde_json::Value;

use super::conversion::lost_between_versions;
use super::incompatibilities;
use super::problems;
use crate::object::CustomResource;

/// Fails with everything that a cluster would refuse or lose.
///
/// # Panics
/// When something is wrong.
pub fn check<K: CustomResource + Serialize + DeserializeOwned>() {
    let definition = K::definition();
    let mut found = problems(&definition);
    if found.is_empty() {
        found.extend(lost::<K>(&definition));
        found.extend(K::versions().iter().flat_map(lost_between_versions));
    }
    #[cfg(not(feature = "rules"))]
    if serde_json::to_string(&definition)
        .is_ok_and(|json| json.contains("x-kubernetes-validations"))
    {
        found.push(
            "its rules cannot be checked: add `kube-testing` to the dev-dependencies, or kube-core with the feature `rules`"
                .to_owned(),
        );
    }
    told(K::RESOURCE.kind.as_ref(), &found);
}

/// Fails with everything that would break objects that were stored under the definition in `earlier`, as YAML or JSON.
///
/// # Panics
/// When something is wrong, or `earlier` is no definition.
pub fn check_compatible<K: CustomResource>(earlier: &str) {
    let earlier: CustomResourceDefinition = serde_saphyr::from_str(earlier)
        .unwrap_or_else(|error| panic!("the earlier definition cannot be read: {error}"));
    told(K::RESOURCE.kind.as_ref(), &incompatibilities(&earlier, &K::definition()));
}

fn told(kind: &str, found: &[String]) {
    assert!(found.is_empty(), "the definition of {kind} is wrong:\n- {}", found.join("\n- "));
}

/// What an object of the schema's examples and defaults loses when it is read and written.
fn lost<K: CustomResource + Serialize + DeserializeOwned>(
    definition: &CustomResourceDefinition,
) -> Vec<String> {
    let version = definition.spec.versions.first();
    let schema = version.and_then(|version| serde_json::to_value(&version.schema).ok());
    let schema = schema.map(|mut schema| schema["openAPIV3Schema"].take()).unwrap_or_default();
    let Some(spec) = example(&schema["properties"]["spec"]) else { return Vec::new() };
    let object = serde_json::json!({
        "apiVersion": K::RESOURCE.api_version(),
        "kind": K::RESOURCE.kind,
        "metadata": { "name": "example" },
        "spec": spec,
    });
    let read: K = match serde_json::from_value(object.clone()) {
        Ok(read) => read,
        Err(error) => return vec![format!("the example of its schema cannot be read: {error}")],
    };
    let written = serde_json::to_value(&read).unwrap_or_default();
    let mut found = Vec::new();
    missing(&object["spec"], &written["spec"], "spec", &mut found);
    found
}

/// The value that the schema gives as an example or a default; of an object its fields', where every field that is required has one.
fn example(schema: &Value) -> Option<Value> {
    for member in ["example", "default"] {
        if !schema[member].is_null() {
            return Some(schema[member].clone());
        }
    }
    let required = schema["required"].as_array();
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|it| it == name));
    let mut object = Map::new();
    for (name, field) in schema["properties"].as_object()? {
        match example(field) {
            Some(value) => _ = object.insert(name.clone(), value),
            None if is_required(name) => return None,
            None => {}
        }
    }
    Some(Value::Object(object))
}

fn missing(given: &Value, written: &Value, place: &str, found: &mut Vec<String>) {
    match (given, written) {
        (Value::Object(given), Value::Object(written)) => {
            for (name, value) in given {
                match written.get(name) {
                    Some(kept) => missing(value, kept, &format!("{place}.{name}"), found),
                    None => found.push(format!("{place}.{name} of the example is lost")),
                }
            }
        }
        _ if given == written => {}
        (Value::Number(given), Value::Number(written)) if given.as_f64() == written.as_f64() => {}
        _ => found.push(format!("{place} of the example was {given} and is written as {written}")),
    }
}
