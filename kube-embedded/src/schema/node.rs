//! A CRD's `openAPIV3Schema` read once: one node for each value that it describes.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

use super::format::{Format, is_recognised};

/// The type that a node states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "object" => Self::Object,
            "array" => Self::Array,
            "string" => Self::String,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Array => "array",
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
        }
    }
}

/// What a schema says of one value.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    pub(super) kind: Option<Kind>,
    pub(super) properties: BTreeMap<String, Self>,
    /// Keys beside the declared ones are allowed.
    pub(super) additional_allowed: bool,
    /// What they hold.
    pub(super) additional: Option<Box<Self>>,
    pub(super) items: Option<Box<Self>>,
    pub(super) default: Option<Value>,
    pub(super) nullable: bool,
    pub(super) preserve: bool,
    pub(super) embedded: bool,
    pub(super) int_or_string: bool,
    pub(super) list_type: Option<String>,
    pub(super) list_keys: Vec<String>,
    pub(super) atomic_map: bool,
    pub(super) format: Option<Format>,
    /// The format as it is written, if the API server knows it for the type.
    pub(super) format_name: String,
    /// A format is written, known or not.
    pub(super) formatted: bool,
    pub(super) checks: Checks,
}

/// What a value has to satisfy beyond its type.
#[derive(Debug, Clone, Default)]
pub(super) struct Checks {
    pub(super) maximum: Option<f64>,
    pub(super) exclusive_maximum: bool,
    pub(super) minimum: Option<f64>,
    pub(super) exclusive_minimum: bool,
    pub(super) multiple_of: Option<f64>,
    pub(super) max_length: Option<u64>,
    pub(super) min_length: Option<u64>,
    pub(super) pattern: Option<Regex>,
    pub(super) max_items: Option<u64>,
    pub(super) min_items: Option<u64>,
    pub(super) max_properties: Option<u64>,
    pub(super) min_properties: Option<u64>,
    pub(super) required: Vec<String>,
    pub(super) allowed: Option<Vec<Value>>,
    pub(super) all_of: Vec<Node>,
    pub(super) any_of: Vec<Node>,
    pub(super) one_of: Vec<Node>,
    pub(super) not: Option<Box<Node>>,
}

impl Node {
    /// Reads a schema. What is wrong with it is `structural`'s to say; a part that makes no sense is left out.
    pub(super) fn read(schema: &Value) -> Self {
        let text = |name: &str| schema.get(name).and_then(Value::as_str);
        let flag = |name: &str| schema.get(name).and_then(Value::as_bool).unwrap_or_default();
        let node = |name: &str| {
            schema
                .get(name)
                .filter(|value| value.is_object())
                .map(|value| Box::new(Self::read(value)))
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        let kind = text("type").and_then(Kind::of);
        let written = text("format").unwrap_or_default();
        let known = is_recognised(text("type").unwrap_or_default(), written);
        Self {
            kind,
            properties: properties
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.clone(), Self::read(value)))
                .collect(),
            additional_allowed: schema
                .get("additionalProperties")
                .is_some_and(|value| *value != Value::Bool(false)),
            additional: node("additionalProperties"),
            items: node("items"),
            default: schema.get("default").filter(|value| !value.is_null()).cloned(),
            nullable: flag("nullable"),
            preserve: flag("x-kubernetes-preserve-unknown-fields"),
            embedded: flag("x-kubernetes-embedded-resource"),
            int_or_string: flag("x-kubernetes-int-or-string"),
            list_type: text("x-kubernetes-list-type").map(str::to_owned),
            list_keys: texts(schema.get("x-kubernetes-list-map-keys")),
            atomic_map: text("x-kubernetes-map-type") == Some("atomic"),
            format: if matches!(kind, None | Some(Kind::String)) {
                Format::of(written)
            } else {
                None
            },
            format_name: if known { written.to_owned() } else { String::new() },
            formatted: !matches!(written, "" | "byte"),
            checks: Checks::read(schema),
        }
    }

    /// What a key of an object holds.
    pub(super) fn property(&self, key: &str) -> Option<&Self> {
        self.properties.get(key).or(self.additional.as_deref())
    }
}

impl Checks {
    fn read(schema: &Value) -> Self {
        let float = |name: &str| schema.get(name).and_then(Value::as_f64);
        let count = |name: &str| schema.get(name).and_then(Value::as_u64);
        let flag = |name: &str| schema.get(name).and_then(Value::as_bool).unwrap_or_default();
        let nodes = |name: &str| {
            let nodes = schema.get(name).and_then(Value::as_array);
            nodes.into_iter().flatten().map(Node::read).collect::<Vec<_>>()
        };
        let pattern =
            schema.get("pattern").and_then(Value::as_str).filter(|pattern| !pattern.is_empty());
        Self {
            maximum: float("maximum"),
            exclusive_maximum: flag("exclusiveMaximum"),
            minimum: float("minimum"),
            exclusive_minimum: flag("exclusiveMinimum"),
            multiple_of: float("multipleOf"),
            max_length: count("maxLength"),
            min_length: count("minLength"),
            pattern: pattern.and_then(|pattern| Regex::new(pattern).ok()),
            max_items: count("maxItems"),
            min_items: count("minItems"),
            max_properties: count("maxProperties"),
            min_properties: count("minProperties"),
            required: texts(schema.get("required")),
            allowed: schema.get("enum").and_then(Value::as_array).cloned(),
            all_of: nodes("allOf"),
            any_of: nodes("anyOf"),
            one_of: nodes("oneOf"),
            not: schema
                .get("not")
                .filter(|value| value.is_object())
                .map(|value| Box::new(Node::read(value))),
        }
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
