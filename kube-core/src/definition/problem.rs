//! A definition in, what a cluster would refuse or silently lose of it out.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde_json::Value;

use super::column;

/// Says, each with its place, why a definition's schema is not structural, which columns show nothing, and which
/// keys of lists do not exist. Nothing is wrong with a definition for which this is empty, as far as can be known
/// without a cluster.
#[must_use]
pub fn problems(definition: &CustomResourceDefinition) -> Vec<String> {
    let mut problems = Vec::new();
    for version in &definition.spec.versions {
        let schema = version.schema.as_ref().and_then(|schema| schema.open_api_v3_schema.as_ref());
        let Some(schema) = schema.and_then(|schema| serde_json::to_value(schema).ok()) else {
            problems.push(format!("version `{}` has no schema", version.name));
            continue;
        };
        walk(&schema, "", &mut problems);
        for shown in version.additional_printer_columns.iter().flatten() {
            let path = shown.json_path.as_str();
            if !path.starts_with(".metadata") && column::at(&schema, path).is_none() {
                problems.push(format!(
                    "column `{}` shows `{path}`, and there is no such field",
                    shown.name
                ));
            }
        }
    }
    problems
}

fn walk(schema: &Value, place: &str, problems: &mut Vec<String>) {
    let has = |keyword: &str| schema.get(keyword).is_some_and(|value| *value != Value::Bool(false));
    let here = if place.is_empty() { "the object" } else { place.trim_start_matches('.') };
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        problems.push(format!(
            "{here}: `{name}` contains itself, which a structural schema cannot describe; use `serde_json::Value`"
        ));
        return;
    }
    if !has("type")
        && !has("x-kubernetes-int-or-string")
        && !has("x-kubernetes-preserve-unknown-fields")
    {
        problems.push(format!(
            "{here}: its values are of several types, which a structural schema cannot describe; \
             tag the enum, give fields of one name one type, or use `serde_json::Value`"
        ));
    }
    list(schema, here, problems);
    for (name, property) in
        schema.get("properties").and_then(Value::as_object).into_iter().flatten()
    {
        walk(property, &format!("{place}.{name}"), problems);
    }
    if let Some(items) = schema.get("items") {
        walk(items, &format!("{place}[]"), problems);
    }
    if let Some(values @ Value::Object(_)) = schema.get("additionalProperties") {
        walk(values, &format!("{place}{{}}"), problems);
    }
}

/// The keys of a list that is merged as a map are fields that every item has.
fn list(schema: &Value, here: &str, problems: &mut Vec<String>) {
    let keys = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
    for key in keys.into_iter().flatten().filter_map(Value::as_str) {
        let item = &schema["items"];
        let required =
            item["required"].as_array().is_some_and(|names| names.iter().any(|n| n == key));
        let field = &item["properties"][key];
        if field.is_null() {
            problems.push(format!("{here}: its items have no field `{key}` to be merged by"));
        } else if !required && field.get("default").is_none() {
            problems.push(format!(
                "{here}: its items are merged by `{key}`, so the field is required or has a default"
            ));
        }
    }
}
