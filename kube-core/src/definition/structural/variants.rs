//! The variants of an enum in; one type with the fields of all of them out, where that says the same.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::INT_OR_STRING;
use super::Schema;

/// Takes `oneOf`, `anyOf` and `allOf` into the schema that has them; what does not fit stays.
pub(super) fn absorb(schema: &mut Schema) {
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let Some(Value::Array(variants)) = schema.remove(keyword) else { continue };
        let variants: Vec<Schema> = variants
            .into_iter()
            .filter_map(|variant| match variant {
                Value::Object(variant) => Some(variant),
                _ => None,
            })
            .collect();
        let taken = match &variants[..] {
            [] => true,
            [one] => single(schema, one),
            _ if keyword == "allOf" => objects(schema, &variants, keyword, true),
            _ => {
                texts(schema, &variants)
                    || int_or_string(schema, &variants)
                    || objects(schema, &variants, keyword, false)
            }
        };
        if !taken {
            let variants = variants.into_iter().map(Value::Object).collect();
            schema.insert(keyword.to_owned(), Value::Array(variants));
        }
    }
}

/// `Option` of a struct, or a described reference: what stands outside wins.
fn single(schema: &mut Schema, only: &Schema) -> bool {
    if schema.contains_key("properties") && only.contains_key("properties") {
        return objects(schema, std::slice::from_ref(only), "oneOf", true);
    }
    for (keyword, value) in only {
        schema.entry(keyword.clone()).or_insert_with(|| value.clone());
    }
    true
}

/// Unit variants, each with its own description, as one list of values.
fn texts(schema: &mut Schema, variants: &[Schema]) -> bool {
    let mut values = Vec::new();
    let mut descriptions = Vec::new();
    for variant in variants {
        let (Some(Value::Array(some)), Some("string")) =
            (variant.get("enum"), variant.get("type").and_then(Value::as_str))
        else {
            return false;
        };
        if let (Some(text), Some(Value::String(value))) =
            (variant.get("description").and_then(Value::as_str), some.first())
        {
            descriptions.push(format!("- `{value}`: {text}"));
        }
        values.extend(some.iter().cloned());
    }
    describe(schema, &descriptions);
    schema.insert("type".to_owned(), "string".into());
    schema.insert("enum".to_owned(), Value::Array(values));
    true
}

fn describe(schema: &mut Schema, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let mut text = schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str(&lines.join("\n"));
    schema.insert("description".to_owned(), text.into());
}

fn int_or_string(schema: &mut Schema, variants: &[Schema]) -> bool {
    let of = |name: &str| {
        variants.iter().any(|variant| variant.get("type").and_then(Value::as_str) == Some(name))
    };
    let fits = variants.len() == 2 && of("integer") && of("string");
    if fits {
        schema.insert(INT_OR_STRING.to_owned(), true.into());
    }
    fits
}

/// Objects, as one with the fields of all; which fields go together is left below `keyword`.
fn objects(schema: &mut Schema, variants: &[Schema], keyword: &str, all: bool) -> bool {
    let object = |variant: &Schema| variant.get("type").and_then(Value::as_str) == Some("object");
    if !variants.iter().all(object) {
        return false;
    }
    let mut properties = fields(schema);
    for variant in variants {
        for (name, property) in fields(variant) {
            let described = with_description(property, variant, variants.len());
            match properties.get_mut(&name) {
                None => {
                    properties.insert(name, described);
                }
                Some(known) => {
                    let Some(both) = unified(known, &described) else { return false };
                    *known = both;
                }
            }
        }
    }
    let mut wanted = required(schema);
    let inner: Vec<Vec<String>> = variants.iter().map(required).collect();
    if all {
        wanted.extend(inner.iter().flatten().cloned());
    } else {
        let common = |name: &&String| inner.iter().all(|names| names.contains(name));
        wanted.extend(inner[0].iter().filter(common).cloned());
        if let Some(choices) = choices(variants, &wanted) {
            schema.insert(keyword.to_owned(), choices);
        }
    }
    wanted.sort();
    wanted.dedup();
    schema.insert("type".to_owned(), "object".into());
    if !properties.is_empty() {
        schema.insert("properties".to_owned(), Value::Object(properties));
    }
    if !wanted.is_empty() {
        schema.insert("required".to_owned(), json!(wanted));
    }
    true
}

/// What each variant says about which fields go together: its tag, and what it needs beside.
///
/// Nothing where no variant needs more than all do, or where one that needs nothing has no tag to be told by: it
/// would fit beside every other one.
fn choices(variants: &[Schema], common: &[String]) -> Option<Value> {
    let mut choices = Vec::new();
    let mut needed = false;
    for variant in variants {
        let tags: Map<_, _> = fields(variant)
            .into_iter()
            .filter(|(name, property)| {
                common.contains(name)
                    && property["enum"].as_array().is_some_and(|one| one.len() == 1)
            })
            .map(|(name, property)| (name, json!({ "enum": property["enum"] })))
            .collect();
        let mut beyond = required(variant);
        beyond.retain(|name| !common.contains(name));
        needed |= !beyond.is_empty();
        let mut choice = Schema::new();
        if !tags.is_empty() {
            choice.insert("properties".to_owned(), Value::Object(tags));
        }
        if !beyond.is_empty() {
            choice.insert("required".to_owned(), json!(beyond));
        }
        if choice.is_empty() {
            return None;
        }
        choices.push(Value::Object(choice));
    }
    needed.then_some(Value::Array(choices))
}

/// A union's field is described by its variant, unless it describes itself.
fn with_description(mut property: Value, variant: &Schema, variants: usize) -> Value {
    let alone = variants > 1 && fields(variant).len() == 1;
    if let (true, Some(text), Value::Object(property)) =
        (alone, variant.get("description"), &mut property)
        && !property.contains_key("enum")
    {
        property.entry("description").or_insert_with(|| text.clone());
    }
    property
}

/// One schema for a field that two variants have: the same, or values of both.
fn unified(left: &Value, right: &Value) -> Option<Value> {
    let plain = |schema: &Value| {
        let mut schema = schema.clone();
        if let Value::Object(schema) = &mut schema {
            schema.remove("description");
            schema.remove("enum");
        }
        schema
    };
    if plain(left) != plain(right) {
        return None;
    }
    let mut both = left.clone();
    match (left.get("enum").and_then(Value::as_array), right.get("enum").and_then(Value::as_array))
    {
        (None, None) => {}
        (Some(left), Some(right)) => {
            let mut values = left.clone();
            values.extend(right.iter().filter(|value| !left.contains(value)).cloned());
            both["enum"] = Value::Array(values);
        }
        _ => return None,
    }
    Some(both)
}

fn fields(schema: &Schema) -> Map<String, Value> {
    schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default()
}

fn required(schema: &Schema) -> Vec<String> {
    let names = schema.get("required").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
