//! A definition in, what a cluster would refuse or silently lose of it out.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinitionVersion;
use regex_syntax::ast::ErrorKind;
use serde_json::Value;

use super::column;
use super::value::{Unknown, mismatches};

/// Says, each with its place, why a definition's schema is not structural, which columns show nothing, which keys of
/// lists, selectable fields and numbers of replicas do not exist, which defaults do not fit, and, with the feature `rules`, what is wrong with the
/// rules (CEL) or costs too much. Nothing is wrong with a definition for which this is empty, as far as can be known
/// without a cluster.
#[must_use]
pub fn problems(definition: &CustomResourceDefinition) -> Vec<String> {
    let mut problems = together(definition);
    for version in &definition.spec.versions {
        let schema = version.schema.as_ref().and_then(|schema| schema.open_api_v3_schema.as_ref());
        let Some(schema) = schema.and_then(|schema| serde_json::to_value(schema).ok()) else {
            problems.push(format!("version `{}` has no schema", version.name));
            continue;
        };
        walk(&schema, "", &mut problems);
        #[cfg(feature = "rules")]
        if problems.is_empty() {
            let mistakes = kube_rules::mistakes(&schema, "the object");
            problems.extend(mistakes.iter().map(|it| format!("{}: {}", it.field, it.detail)));
        }
        for shown in version.additional_printer_columns.iter().flatten() {
            let path = shown.json_path.as_str();
            if !path.starts_with(".metadata") && column::at(&schema, path).is_none() {
                problems.push(format!(
                    "column `{}` shows `{path}`, and there is no such field",
                    shown.name
                ));
            }
        }
        for field in version.selectable_fields.iter().flatten() {
            selectable(&schema, &field.json_path, &mut problems);
        }
        let scale = version.subresources.as_ref().and_then(|below| below.scale.as_ref());
        if let Some(scale) = scale {
            let numbers = [&scale.spec_replicas_path, &scale.status_replicas_path];
            let selector = scale.label_selector_path.as_ref();
            for (path, kind) in numbers
                .into_iter()
                .map(|path| (path, "integer"))
                .chain(selector.map(|path| (path, "string")))
            {
                if column::at(&schema, path).is_none_or(|field| field["type"] != kind) {
                    problems.push(format!("`scale` names `{path}`, and there is no such {kind}"));
                }
            }
        }
    }
    problems
}

/// What is wrong with the versions beside each other.
fn together(definition: &CustomResourceDefinition) -> Vec<String> {
    let versions = &definition.spec.versions;
    let mut problems = Vec::new();
    let named = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(" and ")
    };
    let stored: Vec<_> = versions.iter().filter(|version| version.storage).collect();
    if stored.len() > 1 {
        let names: Vec<_> = stored.iter().map(|version| version.name.as_str()).collect();
        problems.push(format!(
            "objects are stored in one version, and {} say that they are it",
            named(&names)
        ));
    }
    for (place, version) in versions.iter().enumerate() {
        if versions[..place].iter().any(|other| other.name == version.name) {
            problems.push(format!("there are two versions `{}`", version.name));
        }
    }
    let has_status = |version: &&CustomResourceDefinitionVersion| {
        version.subresources.as_ref().is_some_and(|below| below.status.is_some())
    };
    let (with, without): (Vec<_>, Vec<_>) = versions.iter().partition(has_status);
    if let ([one, ..], [other, ..]) = (&with[..], &without[..]) {
        problems.push(format!(
            "version `{}` has a status and `{}` has none, so it would be lost between them",
            one.name, other.name
        ));
    }
    problems
}

/// The API server selects by texts, whole numbers and booleans, and not by what is within a list or a map.
fn selectable(schema: &Value, path: &str, problems: &mut Vec<String>) {
    let one = !path.contains(['[', '*']);
    match column::at(schema, path).filter(|_| one).and_then(|field| field["type"].as_str()) {
        Some("string" | "integer" | "boolean") => {}
        Some(kind) => problems.push(format!(
            "`{path}` cannot be selected by: its type is {kind}, not string, integer or boolean"
        )),
        None => problems.push(format!("`{path}` cannot be selected by: there is no such field")),
    }
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
    if let Some((pattern, why)) = schema["pattern"].as_str().and_then(unreadable) {
        problems.push(format!("{here}: its pattern `{pattern}` is no regular expression: {why}"));
    }
    if !schema["default"].is_null() {
        let place = format!("{here}: the default");
        mismatches(&schema["default"], schema, &place, Unknown::Told, problems);
    }
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

/// A pattern that Go, which reads it in the API server, understands no better than Rust does. What only one of them understands is left to the server.
fn unreadable(pattern: &str) -> Option<(&str, String)> {
    let why = regex_syntax::ast::parse::Parser::new().parse(pattern).err()?;
    let of_both = matches!(
        why.kind(),
        ErrorKind::ClassRangeInvalid
            | ErrorKind::ClassUnclosed
            | ErrorKind::GroupUnclosed
            | ErrorKind::GroupUnopened
            | ErrorKind::UnsupportedBackreference
            | ErrorKind::UnsupportedLookAround
    );
    of_both.then(|| (pattern, why.kind().to_string()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_wrong_only_if_the_server_cannot_read_it_either() {
        for pattern in [r"^[a-z]\w*$", "^{.*}$", r"\Qa(b\E", r"\pN+", "(?P<a>b)", "a{,3}", ""] {
            assert_eq!(unreadable(pattern), None, "{pattern}");
        }
        for pattern in ["^(a$", "a)", "[a", "[z-a]", r"(a)\1", "(?=a)"] {
            assert!(unreadable(pattern).is_some(), "{pattern}");
        }
    }
}
