//! Whether a CRD's schema is structural: every rule that it breaks, where and in what words the API server says so.
//!
//! Mirrors: k8s.io/apiextensions-apiserver pkg/apiserver/schema/validation.go, pkg/apis/apiextensions/validation

use regex::Regex;
use serde_json::{Map, Value, json};

use super::check::check;
use super::error::{FieldError, FieldErrorKind};
use super::format::is_recognised;
use super::node::Node;
use crate::json::child;

/// Where a schema stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Item,
    Field,
}

/// Everything that is wrong with a schema, sorted.
pub(super) fn mistakes(schema: &Value, at: &str) -> Vec<FieldError> {
    let mut rules = Rules { errors: Vec::new() };
    rules.schema(schema, at, Level::Root);
    rules.errors.sort_by_key(ToString::to_string);
    rules.errors
}

/// Defaults that are not what their own schema allows.
pub(super) fn wrong_defaults(node: &Node, at: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if let Some(default) = &node.default {
        let at = child(at, "default");
        check(node, default, None, "", &mut errors);
        for error in &mut errors {
            error.field =
                if error.field.is_empty() { at.clone() } else { child(&at, &error.field) };
        }
    }
    for (name, node) in &node.properties {
        errors.extend(wrong_defaults(node, &format!("{at}.properties[{name}]")));
    }
    let below = [("items", &node.items), ("additionalProperties", &node.additional)];
    for (name, node) in below {
        if let Some(node) = node {
            errors.extend(wrong_defaults(node, &child(at, name)));
        }
    }
    errors
}

/// What is accepted with a warning.
pub(super) fn warnings(schema: &Value) -> Vec<String> {
    let mut warnings = Vec::new();
    collect_warnings(schema, &mut warnings);
    warnings
}

fn collect_warnings(schema: &Value, warnings: &mut Vec<String>) {
    let text = |name: &str| schema.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut add = |warning: String| {
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    };
    let format = text("format");
    if !format.is_empty() && !is_recognised(text("type"), format) {
        add(format!("unrecognized format {format:?}"));
    }
    if schema
        .get("x-kubernetes-validations")
        .and_then(Value::as_array)
        .is_some_and(|rules| !rules.is_empty())
    {
        add("x-kubernetes-validations: this server does not evaluate CEL rules".into());
    }
    for (_, below) in subschemas(schema) {
        collect_warnings(below, warnings);
    }
}

/// The schemas below a schema that describe parts of the value, with their paths.
fn subschemas(schema: &Value) -> Vec<(String, &Value)> {
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
fn junctors(schema: &Value) -> Vec<(String, &Value)> {
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

fn text<'a>(schema: &'a Value, name: &str) -> &'a str {
    schema.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn is_true(schema: &Value, name: &str) -> bool {
    schema.get(name).and_then(Value::as_bool).unwrap_or_default()
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object).filter(|properties| !properties.is_empty())
}

const UNSUPPORTED: &[&str] =
    &["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"];

struct Rules {
    errors: Vec<FieldError>,
}

impl Rules {
    fn required(&mut self, at: String, detail: impl Into<String>) {
        self.errors.push(FieldError::required(at, detail));
    }

    fn forbidden(&mut self, at: String, detail: impl Into<String>) {
        self.errors.push(FieldError::forbidden(at, detail));
    }

    fn invalid(&mut self, at: String, bad: &Value, detail: impl Into<String>) {
        self.errors.push(FieldError::invalid(at, bad, detail));
    }

    fn schema(&mut self, schema: &Value, at: &str, level: Level) {
        self.keywords(schema, at);
        self.type_stated(schema, at, level);
        self.lists(schema, at);
        self.metadata(schema, at, level);
        if text(schema, "type") == "array" && schema.get("items").is_none() {
            self.required(child(at, "items"), "must be specified");
        }
        if schema.get("additionalProperties").is_some() {
            if level == Level::Root {
                self.forbidden(child(at, "additionalProperties"), "must not be used at the root");
            }
            if properties(schema).is_some() && schema["additionalProperties"] != Value::Bool(true) {
                self.forbidden(
                    child(at, "additionalProperties"),
                    "additionalProperties and properties are mutual exclusive",
                );
            }
        }
        for (path, below) in subschemas(schema) {
            let level = if path == "items" { Level::Item } else { Level::Field };
            self.schema(below, &child(at, &path), level);
        }
        for (path, nested) in junctors(schema) {
            if !is_int_or_string_pattern(schema, &path) {
                let vague = path.starts_with("allOf[0]") && is_int_or_string_any_of(nested);
                self.nested(nested, &child(at, &path), vague);
            }
            self.complete(nested, Some(schema), at, &child(at, &path));
        }
    }

    fn keywords(&mut self, schema: &Value, at: &str) {
        for name in UNSUPPORTED
            .iter()
            .filter(|name| schema.get(**name).is_some_and(|value| !value.is_null()))
        {
            self.forbidden(child(at, name), format!("{name} is not supported"));
        }
        if schema.get("items").is_some_and(Value::is_array) {
            self.forbidden(child(at, "items"), "items must be a schema object and not an array");
        }
        if is_true(schema, "uniqueItems") {
            let detail =
                "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
            self.forbidden(child(at, "uniqueItems"), detail);
        }
        if schema.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(false)) {
            let at = child(at, "x-kubernetes-preserve-unknown-fields");
            self.invalid(at, &Value::Bool(false), "must be true or undefined");
        }
        self.pattern(schema, at);
        if is_true(schema, "x-kubernetes-int-or-string") {
            for name in ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] {
                if is_true(schema, name) {
                    let detail = "must be false if x-kubernetes-int-or-string is true";
                    self.invalid(child(at, name), &Value::Bool(true), detail);
                }
            }
        }
    }

    fn pattern(&mut self, schema: &Value, at: &str) {
        let pattern = text(schema, "pattern");
        if let Err(error) = Regex::new(pattern) {
            let detail = format!("must be a valid regular expression, but isn't: {error}");
            self.invalid(child(at, "pattern"), &pattern.into(), detail);
        }
    }

    fn type_stated(&mut self, schema: &Value, at: &str, level: Level) {
        const KNOWN: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
        let stated = text(schema, "type");
        let embedded = is_true(schema, "x-kubernetes-embedded-resource");
        let at_type = child(at, "type");
        if stated == "null" {
            self.forbidden(
                at_type.clone(),
                "type cannot be set to null, use nullable as an alternative",
            );
        } else if !stated.is_empty() && !KNOWN.contains(&stated) {
            self.errors.push(FieldError::not_supported(at_type.clone(), &stated.into(), KNOWN));
        }
        if embedded && stated != "object" {
            let detail = "must be object if x-kubernetes-embedded-resource is true";
            match stated {
                "" => self.required(at_type.clone(), detail),
                other => self.invalid(at_type.clone(), &other.into(), detail),
            }
        } else if stated.is_empty()
            && !is_true(schema, "x-kubernetes-int-or-string")
            && !is_true(schema, "x-kubernetes-preserve-unknown-fields")
        {
            let detail = match level {
                Level::Root => "must not be empty at the root",
                Level::Item => "must not be empty for specified array items",
                Level::Field => "must not be empty for specified object fields",
            };
            self.required(at_type.clone(), detail);
        }
        if level == Level::Root && !stated.is_empty() && stated != "object" {
            self.invalid(at_type, &stated.into(), "must be object at the root");
        }
        if embedded {
            if schema.get("additionalProperties").is_some() {
                let detail = "must not be used if x-kubernetes-embedded-resource is set";
                self.forbidden(child(at, "additionalProperties"), detail);
            }
            if !is_true(schema, "x-kubernetes-preserve-unknown-fields")
                && properties(schema).is_none()
            {
                let detail = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
                self.required(child(at, "properties"), detail);
            }
        }
    }

    fn metadata(&mut self, schema: &Value, at: &str, level: Level) {
        let Some(properties) = properties(schema) else { return };
        if level != Level::Root && !is_true(schema, "x-kubernetes-embedded-resource") {
            return;
        }
        for (name, wanted, detail) in [
            ("kind", "string", "must be string"),
            ("apiVersion", "string", "must be string"),
            ("metadata", "object", "must be object"),
        ] {
            let Some(found) = properties.get(name).map(|property| text(property, "type")) else {
                continue;
            };
            if found != wanted {
                self.invalid(format!("{at}.properties[{name}].type"), &found.into(), detail);
            }
        }
        if let Some(metadata) = properties.get("metadata").filter(|_| level == Level::Root) {
            let named = |properties: &Map<String, Value>| {
                properties.keys().all(|key| key == "name" || key == "generateName")
            };
            let only_names =
                metadata.get("properties").and_then(Value::as_object).is_none_or(named);
            let other = metadata
                .as_object()
                .into_iter()
                .flatten()
                .any(|(key, _)| !matches!(&**key, "type" | "properties" | "description"));
            if !only_names || other {
                let detail = "must not specify anything other than name and generateName, but metadata is implicitly specified";
                self.forbidden(format!("{at}.properties[metadata]"), detail);
            }
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
        let Some(keys) = keys else {
            self.required(at_keys, "must not be empty if x-kubernetes-list-type is map");
            return;
        };
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

    /// Under a junctor a schema may only check values, not describe them.
    fn nested(&mut self, schema: &Value, at: &str, any_of_exempt: bool) {
        const BARE: &[(&str, &str)] = &[
            ("type", "must be empty to be structural"),
            ("additionalProperties", "must be undefined to be structural"),
            ("default", "must be undefined to be structural"),
            ("title", "must be empty to be structural"),
            ("description", "must be empty to be structural"),
            ("nullable", "must be false to be structural"),
            ("x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
            ("x-kubernetes-embedded-resource", "must be false to be structural"),
            ("x-kubernetes-int-or-string", "must be false to be structural"),
            ("x-kubernetes-list-map-keys", "must be empty to be structural"),
            ("x-kubernetes-list-type", "must be undefined to be structural"),
            ("x-kubernetes-map-type", "must be undefined to be structural"),
            ("x-kubernetes-validations", "must be empty to be structural"),
        ];
        for (name, detail) in BARE {
            if schema
                .get(*name)
                .is_some_and(|value| !value.is_null() && *value != Value::Bool(false))
            {
                self.forbidden(child(at, name), *detail);
            }
        }
        if properties(schema).is_some_and(|properties| properties.contains_key("metadata")) {
            self.forbidden(
                format!("{at}.properties[metadata]"),
                "must not be specified in a nested context",
            );
        }
        self.pattern(schema, at);
        for (path, below) in
            subschemas(schema).into_iter().filter(|(path, _)| path != "additionalProperties")
        {
            self.nested(below, &child(at, &path), false);
        }
        for (path, below) in junctors(schema) {
            if !(any_of_exempt && path.starts_with("anyOf")) {
                self.nested(below, &child(at, &path), false);
            }
        }
    }

    /// What a junctor checks has to be described outside of it.
    fn complete(&mut self, nested: &Value, outside: Option<&Value>, at: &str, nested_at: &str) {
        let Some(outside) = outside else {
            self.errors.push(FieldError::new(
                at,
                FieldErrorKind::Required,
                "",
                format!("because it is defined in {nested_at}"),
            ));
            return;
        };
        for (path, below) in
            subschemas(nested).into_iter().filter(|(path, _)| path != "additionalProperties")
        {
            let described =
                match path.strip_prefix("properties[").and_then(|path| path.strip_suffix(']')) {
                    Some(name) => properties(outside).and_then(|properties| properties.get(name)),
                    None => outside.get("items"),
                };
            self.complete(below, described, &child(at, &path), &child(nested_at, &path));
        }
        for (path, below) in junctors(nested) {
            self.complete(below, Some(outside), at, &child(nested_at, &path));
        }
    }
}

/// `anyOf: [{type: integer}, {type: string}]`, the one place where a type may stand under a junctor.
fn is_int_or_string_any_of(schema: &Value) -> bool {
    schema.get("anyOf") == Some(&json!([{"type": "integer"}, {"type": "string"}]))
}

fn is_int_or_string_pattern(schema: &Value, path: &str) -> bool {
    path.starts_with("anyOf") && is_int_or_string_any_of(schema)
}
