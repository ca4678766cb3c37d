//! A JSON schema as schemars writes it in, a structural OpenAPI v3 schema as Kubernetes takes it out.
//!
//! - Every value has one type; null is allowed only where `nullable` was asked for.
//! - Fields of enum variants move up beside each other; which of them go together stays below `oneOf`.
//! - Whatever has no schema keeps its unknown fields.
//! - What a field said beside its type is put where Kubernetes looks for it.
//! - What cannot be said stays as it is, so that [`problems`](super::problems) and the server name it.

mod number;
mod own;
mod variants;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::mark;

/// A schema as an object.
type Schema = Map<String, Value>;

/// What Kubernetes knows in a schema; everything else is left out.
const KEYWORDS: [&str; 32] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "default",
    "description",
    "enum",
    "example",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "prefixItems",
    "properties",
    "required",
    "title",
    "type",
    "uniqueItems",
];

/// The formats of texts that the API server knows; it warns of others.
const FORMATS: [&str; 27] = [
    "bsonobjectid",
    "byte",
    "cidr",
    "creditcard",
    "date",
    "date-time",
    "datetime",
    "duration",
    "email",
    "hexcolor",
    "hostname",
    "ipv4",
    "ipv6",
    "isbn",
    "isbn10",
    "isbn13",
    "k8s-long-name",
    "k8s-short-name",
    "mac",
    "password",
    "rgbcolor",
    "ssn",
    "uri",
    "uuid",
    "uuid3",
    "uuid4",
    "uuid5",
];

const PRESERVE: &str = "x-kubernetes-preserve-unknown-fields";
const INT_OR_STRING: &str = "x-kubernetes-int-or-string";
const EMBEDDED: &str = "x-kubernetes-embedded-resource";
const LIST_TYPE: &str = "x-kubernetes-list-type";

/// Ours, which are gone before a cluster sees them.
const OWN: [&str; 4] = [own::OWN_RULES, own::OWN_ITEMS, mark::COLUMN, mark::SELECTABLE];

/// The structural schema of a root schema, which schemars gives the type's `name` as a title.
pub(super) fn structural(schema: Value, name: &str) -> Value {
    let mut schema = schema;
    if let Value::Object(root) = &mut schema
        && root.get("title").is_some_and(|title| title == name)
    {
        root.remove("title");
    }
    normalise(schema)
}

fn normalise(schema: Value) -> Value {
    let mut schema = match schema {
        Value::Object(schema) => schema,
        // `true`: anything.
        _ => Schema::new(),
    };
    examples(&mut schema);
    // What `#[serde(flatten)]` leaves beside an enum is called so, and means the same here.
    if let Some(others) = schema.remove("unevaluatedProperties") {
        schema.entry("additionalProperties").or_insert(others);
    }
    if let Some(constant) = schema.remove("const") {
        schema.insert("enum".to_owned(), json!([constant]));
    }
    schema.retain(|keyword, _| {
        KEYWORDS.contains(&keyword.as_str())
            || keyword.starts_with("x-kubernetes-")
            || OWN.contains(&keyword.as_str())
    });
    children(&mut schema);
    variants::absorb(&mut schema);
    own::absorb(&mut schema);
    null(&mut schema);
    types(&mut schema);
    number::normalise(&mut schema);
    text(&mut schema);
    list(&mut schema);
    object(&mut schema);
    Value::Object(schema)
}

/// OpenAPI has one example.
fn examples(schema: &mut Schema) {
    if let Some(Value::Array(examples)) = schema.remove("examples")
        && let Some(first) = examples.into_iter().next()
    {
        schema.entry("example").or_insert(first);
    }
}

fn children(schema: &mut Schema) {
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for property in properties.values_mut() {
            *property = normalise(property.take());
        }
    }
    if let Some(items) = schema.get_mut("items") {
        *items = normalise(items.take());
    }
    if let Some(values @ Value::Object(_)) = schema.get_mut("additionalProperties") {
        *values = normalise(values.take());
    }
    for keyword in ["oneOf", "anyOf", "allOf"] {
        if let Some(Value::Array(variants)) = schema.get_mut(keyword) {
            variants.retain(|variant| !is_null(variant));
            for variant in variants {
                *variant = normalise(variant.take());
            }
        }
    }
}

/// Null is said by `nullable`, and only where it was asked for: the server drops it elsewhere.
fn null(schema: &mut Schema) {
    if schema.get("default") == Some(&Value::Null) {
        schema.remove("default");
    }
    let nullable = schema.get("nullable") == Some(&Value::Bool(true));
    if !nullable {
        schema.remove("nullable");
        if let Some(Value::Array(values)) = schema.get_mut("enum") {
            values.retain(|value| !value.is_null());
        }
    }
}

/// One type a value.
fn types(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get("type") {
        let types: Vec<_> = types.iter().filter(|name| *name != "null").cloned().collect();
        match &types[..] {
            [one] => schema.insert("type".to_owned(), one.clone()),
            both if both.len() == 2
                && both.contains(&json!("integer"))
                && both.contains(&json!("string")) =>
            {
                schema.insert(INT_OR_STRING.to_owned(), true.into())
            }
            _ => schema.insert("type".to_owned(), types.into()),
        };
    }
    if schema.contains_key(INT_OR_STRING) {
        schema.remove("type");
        schema.remove("format");
        return;
    }
    if schema.contains_key("type") || schema.contains_key("$ref") {
        return;
    }
    let all_text = |values: &Value| {
        values.as_array().is_some_and(|values| values.iter().all(|v| v.is_string() || v.is_null()))
    };
    let inferred = if schema.contains_key("properties")
        || schema.contains_key(EMBEDDED)
        || schema.contains_key("additionalProperties")
    {
        "object"
    } else if schema.contains_key("items") {
        "array"
    } else if schema.get("enum").is_some_and(all_text) {
        "string"
    } else {
        let said =
            ["oneOf", "anyOf", "allOf", "not"].iter().any(|keyword| schema.contains_key(*keyword));
        if !said {
            schema.insert(PRESERVE.to_owned(), true.into());
        }
        return;
    };
    schema.insert("type".to_owned(), inferred.into());
}

fn text(schema: &mut Schema) {
    let Some(format) = schema.get("format").and_then(Value::as_str) else { return };
    if schema.get("type") == Some(&json!("string")) && !FORMATS.contains(&format) {
        if format == "char" {
            schema.insert("minLength".to_owned(), 1.into());
            schema.insert("maxLength".to_owned(), 1.into());
        }
        schema.remove("format");
    }
}

/// A set is a list type of Kubernetes; tuples of one type are lists of that length.
fn list(schema: &mut Schema) {
    if schema.remove("uniqueItems") == Some(Value::Bool(true)) {
        let scalar = schema
            .get("items")
            .and_then(|items| items.get("type"))
            .is_some_and(|name| name != "object" && name != "array");
        if scalar {
            schema.entry(LIST_TYPE).or_insert("set".into());
        }
    }
    if let Some(Value::Array(items)) = schema.get("prefixItems") {
        let mut items: Vec<_> = items.iter().cloned().map(normalise).collect();
        items.dedup();
        if let [one] = &items[..] {
            schema.insert("items".to_owned(), one.clone());
            schema.remove("prefixItems");
        }
    }
    if schema.get("type") == Some(&json!("array")) && !schema.contains_key("prefixItems") {
        schema.entry("items").or_insert_with(|| json!({ PRESERVE: true }));
    }
}

/// A map or a struct, never both; an object of which nothing is known is kept whole.
fn object(schema: &mut Schema) {
    if schema.get("type") != Some(&json!("object")) {
        return;
    }
    let known = schema.contains_key("properties");
    match schema.get("additionalProperties") {
        // The server prunes what it does not know, so there is nothing to forbid.
        Some(Value::Bool(false)) => {
            schema.remove("additionalProperties");
        }
        Some(Value::Bool(true)) => {
            schema.remove("additionalProperties");
            schema.insert(PRESERVE.to_owned(), true.into());
        }
        Some(_) if known => {
            schema.remove("additionalProperties");
            schema.insert(PRESERVE.to_owned(), true.into());
        }
        Some(values) if values.get(PRESERVE).is_some() && values.get("type").is_none() => {
            schema.remove("additionalProperties");
            schema.insert(PRESERVE.to_owned(), true.into());
        }
        Some(_) => {}
        None if !known && !schema.contains_key("oneOf") && !schema.contains_key("anyOf") => {
            schema.insert(PRESERVE.to_owned(), true.into());
        }
        None => {}
    }
    if schema.get("properties").and_then(Value::as_object).is_some_and(Map::is_empty) {
        schema.remove("properties");
    }
    if schema.get("required").and_then(Value::as_array).is_some_and(Vec::is_empty) {
        schema.remove("required");
    }
}

/// Whether the schema allows null and nothing else.
fn is_null(schema: &Value) -> bool {
    schema.get("type") == Some(&json!("null")) || schema.get("const") == Some(&Value::Null)
}
