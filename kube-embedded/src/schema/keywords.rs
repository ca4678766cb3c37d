//! The keywords of a CRD's schema: which are not supported, and what the marks of lists and maps demand.
//!
//! Mirrors: apiextensions-apiserver pkg/apis/apiextensions/validation

use serde_json::{Map, Value, json};

use super::error::FieldError;
use super::format::is_recognised;
use crate::json::child;

const UNSUPPORTED: &[&str] =
    &["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"];

/// Everything that is wrong with the keywords of a schema and of all that is below it.
pub(super) fn keyword_mistakes(schema: &Value, at: &str) -> Vec<FieldError> {
    let mut mistakes = Mistakes::default();
    mistakes.keywords_below(schema, at);
    mistakes.errors
}

/// Whether the schema can be asked if it is structural: some keywords rule that out.
pub(super) fn is_convertible(schema: &Value) -> bool {
    let absent = |name: &&str| schema.get(*name).is_none_or(Value::is_null);
    UNSUPPORTED.iter().all(absent)
        && !schema.get("items").is_some_and(Value::is_array)
        && schema.get("x-kubernetes-preserve-unknown-fields") != Some(&Value::Bool(false))
        && subschemas(schema)
            .into_iter()
            .chain(junctors(schema))
            .all(|(_, below)| is_convertible(below))
}

/// What is accepted with a warning.
pub(super) fn warnings(schema: &Value) -> Vec<String> {
    let mut warnings = Vec::new();
    collect_warnings(schema, &mut warnings);
    warnings
}

fn collect_warnings(schema: &Value, warnings: &mut Vec<String>) {
    let text = |name: &str| schema.get(name).and_then(Value::as_str).unwrap_or_default();
    let format = text("format");
    if !format.is_empty() && !is_recognised(text("type"), format) {
        let warning = format!("unrecognized format {format:?}");
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    for (_, below) in subschemas(schema) {
        collect_warnings(below, warnings);
    }
}

/// The schemas below a schema that describe parts of the value, with their paths.
pub(super) fn subschemas(schema: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for name in ["items", "additionalProperties"] {
        found.extend(
            schema
                .get(name)
                .filter(|value| value.is_object())
                .map(|value| (name.to_owned(), value)),
        );
    }
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    found.extend(properties.map(|(name, value)| (format!("properties[{name}]"), value)));
    found
}

/// The schemas under a logical junctor, with their paths.
pub(super) fn junctors(schema: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for name in ["allOf", "anyOf", "oneOf"] {
        let list = schema.get(name).and_then(Value::as_array).into_iter().flatten();
        found.extend(list.enumerate().map(|(index, value)| (format!("{name}[{index}]"), value)));
    }
    found.extend(
        schema.get("not").filter(|value| value.is_object()).map(|value| ("not".to_owned(), value)),
    );
    found
}

pub(super) fn text<'a>(schema: &'a Value, name: &str) -> &'a str {
    schema.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn is_true(schema: &Value, name: &str) -> bool {
    schema.get(name).and_then(Value::as_bool).unwrap_or_default()
}

pub(super) fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object).filter(|properties| !properties.is_empty())
}

/// Mistakes as they are found.
#[derive(Default)]
pub(super) struct Mistakes {
    pub(super) errors: Vec<FieldError>,
}

impl Mistakes {
    pub(super) fn required(&mut self, at: String, detail: impl Into<String>) {
        self.errors.push(FieldError::required(at, detail));
    }

    pub(super) fn forbidden(&mut self, at: String, detail: impl Into<String>) {
        self.errors.push(FieldError::forbidden(at, detail));
    }

    pub(super) fn invalid(&mut self, at: String, bad: &Value, detail: impl Into<String>) {
        self.errors.push(FieldError::invalid(at, bad, detail));
    }

    fn keywords_below(&mut self, schema: &Value, at: &str) {
        self.keywords(schema, at);
        self.lists(schema, at);
        for (path, below) in subschemas(schema).into_iter().chain(junctors(schema)) {
            self.keywords_below(below, &child(at, &path));
        }
    }

    fn keywords(&mut self, schema: &Value, at: &str) {
        const KNOWN: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
        for name in UNSUPPORTED
            .iter()
            .filter(|name| schema.get(**name).is_some_and(|value| !value.is_null()))
        {
            self.forbidden(child(at, name), format!("{name} is not supported"));
        }
        if schema.get("items").is_some_and(Value::is_array) {
            self.forbidden(child(at, "items"), "items must be a schema object and not an array");
        }
        let stated = text(schema, "type");
        let at_type = child(at, "type");
        if stated == "null" {
            let detail = "type cannot be set to null, use nullable as an alternative";
            self.forbidden(at_type.clone(), detail);
        }
        if !stated.is_empty() && !KNOWN.contains(&stated) {
            self.errors.push(FieldError::not_supported(at_type, &stated.into(), KNOWN));
        }
        if is_true(schema, "uniqueItems") {
            let detail =
                "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
            self.forbidden(child(at, "uniqueItems"), detail);
        }
        let additional = schema.get("additionalProperties");
        if additional.is_some_and(|value| *value != Value::Bool(true))
            && properties(schema).is_some()
        {
            let detail = "additionalProperties and properties are mutual exclusive";
            self.forbidden(child(at, "additionalProperties"), detail);
        }
        if schema.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(false)) {
            let at = child(at, "x-kubernetes-preserve-unknown-fields");
            self.invalid(at, &Value::Bool(false), "must be true or undefined");
        }
    }

    fn lists(&mut self, schema: &Value, at: &str) {
        let at_type = child(at, "type");
        for (mark, wanted, kinds) in [
            ("x-kubernetes-map-type", "object", &["atomic", "granular"][..]),
            ("x-kubernetes-list-type", "array", &["atomic", "set", "map"][..]),
        ] {
            let Some(stated) = schema.get(mark).and_then(Value::as_str) else { continue };
            let detail = format!("must be {wanted} if {mark} is specified");
            match text(schema, "type") {
                "" => self.required(at_type.clone(), detail),
                found if found != wanted => self.invalid(at_type.clone(), &found.into(), detail),
                _ => {}
            }
            if !kinds.contains(&stated) {
                self.errors.push(FieldError::not_supported(
                    child(at, mark),
                    &stated.into(),
                    kinds.iter().copied(),
                ));
            }
        }
        let keys = schema
            .get("x-kubernetes-list-map-keys")
            .and_then(Value::as_array)
            .filter(|keys| !keys.is_empty());
        let list_type = text(schema, "x-kubernetes-list-type");
        if keys.is_some() && list_type != "map" {
            let at = child(at, "x-kubernetes-list-type");
            let detail = "must be map if x-kubernetes-list-map-keys is non-empty";
            if list_type.is_empty() {
                self.required(at, detail)
            } else {
                self.invalid(at, &list_type.into(), detail)
            }
        }
        let items = schema.get("items").filter(|items| items.is_object());
        if matches!(list_type, "set" | "map")
            && items.is_some_and(|items| is_true(items, "nullable"))
        {
            self.forbidden(
                child(at, "items.nullable"),
                format!("cannot be nullable when x-kubernetes-list-type is {list_type}"),
            );
        }
        match (list_type, items) {
            ("map", items) => self.list_map(keys, items, at),
            ("set", Some(items))
                if text(items, "type") == "object"
                    && text(items, "x-kubernetes-map-type") != "atomic" =>
            {
                let detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
                self.invalid(child(at, "items.x-kubernetes-map-type"), &Value::Null, detail);
            }
            _ => {}
        }
    }

    fn list_map(&mut self, keys: Option<&Vec<Value>>, items: Option<&Value>, at: &str) {
        let at_keys = child(at, "x-kubernetes-list-map-keys");
        let Some(items) = items else {
            self.required(
                child(at, "items"),
                "must have a schema if x-kubernetes-list-type is map",
            );
            return;
        };
        if keys.is_none() {
            self.required(at_keys.clone(), "must not be empty if x-kubernetes-list-type is map");
        }
        let keys = keys.map_or(&[][..], Vec::as_slice);
        let found = text(items, "type");
        if found != "object" {
            let detail = "must be object if parent array's x-kubernetes-list-type is map";
            self.invalid(child(at, "items.type"), &found.into(), detail);
            return;
        }
        let shown = json!(keys);
        let required = |key: &Value| {
            items.get("required").and_then(Value::as_array).is_some_and(|names| names.contains(key))
        };
        for (index, key) in keys.iter().enumerate() {
            let name = key.as_str().unwrap_or_default();
            match properties(items).and_then(|properties| properties.get(name)) {
                None => self.invalid(
                    at_keys.clone(),
                    &shown,
                    "entries must all be names of item properties",
                ),
                Some(property) => {
                    let at_key = format!("{at}.items.properties[{name}]");
                    if matches!(text(property, "type"), "array" | "object") {
                        let detail =
                            "must be a scalar type if parent array's x-kubernetes-list-type is map";
                        self.invalid(child(&at_key, "type"), &found.into(), detail);
                    }
                    if !required(key) && property.get("default").is_none() {
                        let detail = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
                        self.required(child(&at_key, "default"), detail);
                    }
                    if is_true(property, "nullable") {
                        let detail = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable";
                        self.forbidden(child(&at_key, "nullable"), detail);
                    }
                }
            }
            if keys[..index].contains(key) {
                self.invalid(at_keys.clone(), &shown, "must not contain duplicate entries");
            }
        }
    }
}
