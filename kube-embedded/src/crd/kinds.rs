//! A definition in; the kinds it makes out, one for each served version, the preferred one first.

use serde_json::Value;
use std::cmp::Reverse;
use std::sync::Arc;

use super::custom::Custom;
use super::custom::Renamed;
use super::validate::schema;
use crate::kind::Column;
use crate::kind::Conversion;
use crate::kind::ConversionHook;
use crate::kind::Field;
use crate::kind::Kind;
use crate::kind::Sub;
use crate::schema::Schema;

/// The kinds of a definition whose names are accepted. A version whose schema does not compile is
/// left out: validation let none through, so it is not there.
pub(crate) fn kinds_of(definition: &Value) -> Vec<Kind> {
    let mut versions: Vec<&Value> =
        definition["spec"]["versions"].as_array().into_iter().flatten().collect();
    let storage = versions.iter().find(|version| version["storage"] == true);
    let stored_version = storage.map(|version| text(&version["name"])).unwrap_or_default();
    versions.retain(|version| version["served"] == true);
    versions.sort_by_key(|version| Reverse(priority(&text(&version["name"]))));
    versions.iter().filter_map(|version| kind_of(definition, version, &stored_version)).collect()
}

fn kind_of(definition: &Value, version: &Value, stored_version: &str) -> Option<Kind> {
    let (spec, names) = (&definition["spec"], &definition["status"]["acceptedNames"]);
    let (group, name, kind) = (text(&spec["group"]), text(&version["name"]), text(&names["kind"]));
    let plural = text(&names["plural"]);
    if plural.is_empty() || kind.is_empty() {
        return None;
    }
    let published = schema(version);
    let schema = Arc::new(Schema::compile(published, "").ok()?);
    let subresources = subresources(&version["subresources"]);
    // What is stored is what is read, as long as there is one version and its schema never changed.
    let changed = definition["metadata"]["generation"].as_i64() != Some(1);
    let hook = hook(definition, stored_version, changed);
    let renamed = hook.is_none() && (changed || name != stored_version);
    let conversion = renamed.then(|| {
        Arc::new(Renamed {
            schema: Arc::clone(&schema),
            version: format!("{group}/{name}"),
            stored_version: format!("{group}/{stored_version}"),
        }) as Arc<dyn Conversion>
    });
    let fields = version["selectableFields"].as_array().into_iter().flatten();
    Some(Kind {
        list_kind: text(&names["listKind"]),
        singular: text(&names["singular"]),
        short_names: list(&names["shortNames"]),
        categories: list(&names["categories"]),
        custom: true,
        generation: true,
        types: Some(schema.types()),
        schema: Some(Arc::new(published.clone())),
        columns: columns(version),
        fields: fields
            .map(|field| Field::at(text(&field["jsonPath"]).trim_start_matches('.')))
            .collect(),
        strategy: Arc::new(Custom { schema }),
        conversion,
        hook,
        deprecation: deprecation(version, &format!("{group}/{name} {kind}")),
        terminating: !definition["metadata"]["deletionTimestamp"].is_null(),
        subresources,
        ..Kind::new(&group, &name, &kind, &plural, spec["scope"] == "Namespaced")
    })
}

/// The webhook that converts, if the definition has one.
fn hook(definition: &Value, stored_version: &str, changed: bool) -> Option<Arc<ConversionHook>> {
    let spec = &definition["spec"];
    let conversion = &spec["conversion"];
    if conversion["strategy"] != "Webhook" {
        return None;
    }
    let mut versions = spec["versions"].as_array().into_iter().flatten();
    let stored = versions.find(|version| version["name"] == stored_version)?;
    let stored = Arc::new(Schema::compile(schema(stored), "").ok()?);
    Some(Arc::new(ConversionHook {
        client_config: conversion["webhook"]["clientConfig"].clone(),
        review_versions: list(&conversion["webhook"]["conversionReviewVersions"]),
        stored_version: format!("{}/{stored_version}", text(&spec["group"])),
        stored: Arc::new(Custom { schema: stored }),
        changed,
    }))
}

fn subresources(given: &Value) -> Vec<Sub> {
    let mut subresources = Vec::new();
    if !given["status"].is_null() {
        subresources.push(Sub::Status);
    }
    let scale = &given["scale"];
    if !scale.is_null() {
        subresources.push(Sub::Scale {
            wanted: text(&scale["specReplicasPath"]),
            present: text(&scale["statusReplicasPath"]),
            selector: scale["labelSelectorPath"].as_str().map(str::to_owned),
        });
    }
    subresources
}

fn columns(version: &Value) -> Option<Vec<Column>> {
    let columns = version["additionalPrinterColumns"].as_array()?;
    let column = |column: &Value| Column {
        name: text(&column["name"]),
        type_: text(&column["type"]),
        format: text(&column["format"]),
        description: text(&column["description"]),
        priority: column["priority"].as_i64().unwrap_or(0),
        path: text(&column["jsonPath"]),
    };
    Some(columns.iter().map(column).collect()).filter(|columns: &Vec<Column>| !columns.is_empty())
}

fn deprecation(version: &Value, what: &str) -> Option<String> {
    let own = version["deprecationWarning"].as_str().map(str::to_owned);
    (version["deprecated"] == true).then(|| own.unwrap_or_else(|| format!("{what} is deprecated")))
}

/// Released before beta before alpha, then the greater number, then whatever is no such version.
fn priority(version: &str) -> (u8, u64, u64, Reverse<String>) {
    let parsed = version.strip_prefix('v').and_then(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let major = rest[..end].parse().ok()?;
        let (rank, minor) = match &rest[end..] {
            "" => (3, "0"),
            more => match (more.strip_prefix("beta"), more.strip_prefix("alpha")) {
                (Some(minor), _) => (2, minor),
                (_, Some(minor)) => (1, minor),
                _ => return None,
            },
        };
        Some((rank, major, minor.parse().ok()?))
    });
    let (rank, major, minor) = parsed.unwrap_or((0, 0, 0));
    (rank, major, minor, Reverse(version.to_owned()))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
