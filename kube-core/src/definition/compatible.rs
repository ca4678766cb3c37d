//! Two definitions of one kind, the earlier and the later, in; what would break objects that are stored already out.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde_json::Value;

/// What is compared of a number, a text, a list, a map: a bound that may fall or rise only.
const BOUNDS: [(&str, bool); 8] = [
    ("minimum", false),
    ("minLength", false),
    ("minItems", false),
    ("minProperties", false),
    ("maximum", true),
    ("maxLength", true),
    ("maxItems", true),
    ("maxProperties", true),
];
/// What stays as it is, once it was said.
const FIXED: [(&str, &str); 3] = [
    ("x-kubernetes-list-type", "how it is merged"),
    ("x-kubernetes-map-type", "how it is merged"),
    ("x-kubernetes-list-map-keys", "what it is merged by"),
];

/// Says, each with its place, what of `later` would refuse or lose what could be stored under `earlier`: a field that is gone, another type, a
/// field that is required now and has no default, a narrower bound, a value that is none any more, a version that is not served.
///
/// New rules (CEL), patterns and formats are told too: whether stored objects keep to them is not known here. The API server forgives what was
/// wrong before and is not changed (ratcheting), so a narrower bound breaks whoever changes the field, and every create with the old value.
#[must_use]
pub fn incompatibilities(
    earlier: &CustomResourceDefinition,
    later: &CustomResourceDefinition,
) -> Vec<String> {
    let mut found = Vec::new();
    let (before, after) = (&earlier.spec, &later.spec);
    for (what, old, new) in [
        ("group", &before.group, &after.group),
        ("kind", &before.names.kind, &after.names.kind),
        ("plural", &before.names.plural, &after.names.plural),
        ("scope", &before.scope, &after.scope),
    ] {
        if old != new {
            found.push(format!("the {what} was `{old}` and is `{new}`"));
        }
    }
    for old in before.versions.iter().filter(|version| version.served) {
        let Some(new) = after.versions.iter().find(|new| new.name == old.name && new.served) else {
            found.push(format!("version `{}` is not served any more", old.name));
            continue;
        };
        let schema = |version: &Option<_>| serde_json::to_value(version).unwrap_or_default();
        let (old, new) = (schema(&old.schema), schema(&new.schema));
        compare(&old["openAPIV3Schema"], &new["openAPIV3Schema"], "", &mut found);
    }
    found
}

fn compare(old: &Value, new: &Value, place: &str, found: &mut Vec<String>) {
    let here = if place.is_empty() { "the object" } else { place.trim_start_matches('.') };
    for member in ["type", "x-kubernetes-int-or-string"] {
        if old[member] != new[member] {
            let shown = |schema: &Value| match schema["type"].as_str() {
                Some(kind) => kind.to_owned(),
                None if schema["x-kubernetes-int-or-string"] == true => "int-or-string".to_owned(),
                None => "anything".to_owned(),
            };
            found.push(format!("{here} was {} and is {}", shown(old), shown(new)));
            return;
        }
    }
    bounds(old, new, here, found);
    if old["nullable"] == true && new["nullable"] != true {
        found.push(format!("{here} could be null and cannot be any more"));
    }
    for (member, what) in FIXED {
        if !old[member].is_null() && old[member] != new[member] {
            found.push(format!("{here}: {what} was {} and is {}", old[member], new[member]));
        }
    }
    for member in ["pattern", "format"] {
        if !new[member].is_null() && old[member] != new[member] {
            found.push(format!("{here} has another {member}: {}", new[member]));
        }
    }
    rules(old, new, here, found);
    values(old, new, here, found);
    fields(old, new, place, found);
    if old.get("items").is_some() {
        compare(&old["items"], &new["items"], &format!("{place}[]"), found);
    }
    if old["additionalProperties"].is_object() && new["additionalProperties"].is_object() {
        let place = format!("{place}{{}}");
        compare(&old["additionalProperties"], &new["additionalProperties"], &place, found);
    }
}

fn bounds(old: &Value, new: &Value, here: &str, found: &mut Vec<String>) {
    for (name, may_rise) in BOUNDS {
        let Some(bound) = new[name].as_f64() else { continue };
        let before = old[name].as_f64();
        let narrower = match before {
            None => true,
            Some(before) if may_rise => bound < before,
            Some(before) => bound > before,
        };
        if narrower {
            let before = before.map_or_else(|| "none".to_owned(), |bound| bound.to_string());
            found.push(format!("{here}: `{name}` was {before} and is {bound}"));
        }
    }
}

fn rules(old: &Value, new: &Value, here: &str, found: &mut Vec<String>) {
    let rules = |schema: &Value| schema["x-kubernetes-validations"].as_array().cloned();
    let known: Vec<_> = rules(old).into_iter().flatten().map(|rule| rule["rule"].clone()).collect();
    for rule in rules(new).into_iter().flatten().filter(|rule| !known.contains(&rule["rule"])) {
        found.push(format!("{here} has a new rule: {}", rule["rule"]));
    }
}

fn values(old: &Value, new: &Value, here: &str, found: &mut Vec<String>) {
    let Some(now) = new["enum"].as_array() else { return };
    match old["enum"].as_array() {
        None => found.push(format!("{here} could be anything of its type and has values now")),
        Some(before) => {
            for value in before.iter().filter(|value| !now.contains(value)) {
                found.push(format!("{here} cannot be {value} any more"));
            }
        }
    }
}

fn fields(old: &Value, new: &Value, place: &str, found: &mut Vec<String>) {
    let open = |schema: &Value| {
        schema["x-kubernetes-preserve-unknown-fields"] == true
            || schema["additionalProperties"].is_object()
    };
    if open(old) && !open(new) {
        let here = if place.is_empty() { "the object" } else { place.trim_start_matches('.') };
        found.push(format!("{here} loses fields that its schema does not name"));
    }
    for (name, before) in old["properties"].as_object().into_iter().flatten() {
        let place = format!("{place}.{name}");
        match new["properties"].get(name) {
            Some(now) => compare(before, now, &place, found),
            None if open(new) => {}
            None => found.push(format!("{} is gone", place.trim_start_matches('.'))),
        }
    }
    let required = |schema: &Value, name: &str| {
        schema["required"].as_array().is_some_and(|names| names.iter().any(|it| it == name))
            && schema["properties"][name]["default"].is_null()
    };
    for name in new["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if required(new, name) && !required(old, name) {
            let place = format!("{place}.{name}");
            let place = place.trim_start_matches('.');
            found.push(format!("{place} is required now, and has no default"));
        }
    }
}
