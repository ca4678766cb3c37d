//! Whether a CRD's schema is structural: every rule that it breaks, where and in what words the API server says so.
//!
//! Mirrors: apiextensions-apiserver pkg/apiserver/schema/validation.go, complete.go, defaulting/validation.go

use regex::Regex;
use serde_json::{Map, Value, json};

use super::check::{check, check_embedded};
use super::error::{FieldError, FieldErrorKind};
use super::fill;
use super::keywords::{
    Mistakes, is_convertible, is_true, junctors, keyword_mistakes, properties, subschemas, text,
};
use super::node::Node;
use crate::json::child;

/// Where a schema stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Item,
    Field,
}

/// Everything that is wrong with a schema.
pub(super) fn mistakes(schema: &Value, at: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if is_convertible(schema) {
        let mut rules = Mistakes::default();
        rules.structure(schema, at, Level::Root);
        for (path, nested) in junctors(schema) {
            rules.complete(nested, Some(schema), at, &child(at, &path));
        }
        rules.errors.sort_by_key(ToString::to_string);
        errors = rules.errors;
        if errors.is_empty() {
            errors = wrong_defaults(&Node::read(schema), at);
        }
    }
    errors.extend(keyword_mistakes(schema, at));
    errors
}

/// Defaults that are not what their own schema allows.
fn wrong_defaults(node: &Node, at: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if let Some(default) = &node.default {
        let at = child(at, "default");
        let mut pruned = default.clone();
        let mut unknown = Vec::new();
        fill::prune(node, &mut pruned, "", node.embedded, &mut unknown);
        check_embedded(node, default, "", &mut errors);
        if errors.is_empty() {
            check(node, default, None, "", &mut errors);
        }
        for error in &mut errors {
            error.field = match error.field.as_str() {
                "" => at.clone(),
                "<nil>" => continue,
                field => child(&at, field),
            };
        }
        if !unknown.is_empty() {
            errors.insert(0, FieldError::invalid(at, default, "must not have unknown fields"));
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

impl Mistakes {
    fn structure(&mut self, schema: &Value, at: &str, level: Level) {
        self.type_stated(schema, at, level);
        self.metadata(schema, at, level);
        self.pattern(schema, at);
        if text(schema, "type") == "array" && schema.get("items").is_none() {
            self.required(child(at, "items"), "must be specified");
        }
        if schema.get("additionalProperties").is_some() && level == Level::Root {
            self.forbidden(child(at, "additionalProperties"), "must not be used at the root");
        }
        if is_true(schema, "x-kubernetes-int-or-string") {
            for name in ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] {
                if is_true(schema, name) {
                    let detail = "must be false if x-kubernetes-int-or-string is true";
                    self.invalid(child(at, name), &Value::Bool(true), detail);
                }
            }
        }
        for (path, below) in subschemas(schema) {
            let level = if path == "items" { Level::Item } else { Level::Field };
            self.structure(below, &child(at, &path), level);
        }
        for (path, nested) in junctors(schema) {
            if !is_int_or_string_pattern(schema, &path) {
                let vague = path.starts_with("allOf[0]") && is_int_or_string_any_of(nested);
                self.nested(nested, &child(at, &path), vague);
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
        let stated = text(schema, "type");
        let embedded = is_true(schema, "x-kubernetes-embedded-resource");
        let at_type = child(at, "type");
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
