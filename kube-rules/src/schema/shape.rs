//! A structural schema as a rule sees it: what a value is read as.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

/// The type that a schema states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Kind {
    #[default]
    None,
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    /// Whatever stands there: no schema says anything.
    Loose,
}

/// How a string is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Format {
    #[default]
    Plain,
    Byte,
    Duration,
    Date,
    DateTime,
}

/// How the items of a list are told apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Items {
    /// Not at all.
    #[default]
    Atomic,
    /// By their value.
    Set,
    /// By these of their properties.
    Keys(Vec<String>),
}

/// What a schema says of one value, as far as rules are concerned.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    pub(crate) format: Format,
    pub(crate) nullable: bool,
    pub(crate) int_or_string: bool,
    pub(crate) properties: BTreeMap<String, Arc<Self>>,
    pub(crate) additional: Option<Arc<Self>>,
    pub(crate) item: Option<Arc<Self>>,
    pub(crate) items: Items,
    pub(super) max_length: Option<u64>,
    pub(super) max_items: Option<u64>,
    pub(super) max_properties: Option<u64>,
    /// The longest text that is allowed, where the texts are listed.
    pub(super) longest: Option<u64>,
    pub(super) required: Vec<String>,
    pub(super) has_default: bool,
}

/// What is read as it stands.
pub(crate) static LOOSE: Shape = Shape {
    kind: Kind::Loose,
    format: Format::Plain,
    nullable: true,
    int_or_string: false,
    properties: BTreeMap::new(),
    additional: None,
    item: None,
    items: Items::Atomic,
    max_length: None,
    max_items: None,
    max_properties: None,
    longest: None,
    required: Vec::new(),
    has_default: false,
};

impl Shape {
    /// No schema says anything of the value.
    pub(crate) fn is_loose(&self) -> bool {
        self.kind == Kind::Loose
    }

    /// Reads a schema; a resource always has its type and its name.
    pub(crate) fn read(schema: &Value, resource: bool) -> Self {
        let text = |name: &str| schema.get(name).and_then(Value::as_str).unwrap_or_default();
        let flag = |name: &str| schema.get(name).and_then(Value::as_bool).unwrap_or_default();
        // A limit below zero limits to nothing.
        let limit = |name: &str| {
            schema.get(name).and_then(Value::as_i64).map(|limit| u64::try_from(limit).unwrap_or(0))
        };
        let below = |name: &str| {
            let schema = schema.get(name).filter(|below| below.is_object())?;
            Some(Arc::new(Self::read(schema, is_embedded(schema))))
        };
        let texts = |name: &str| {
            let texts = schema.get(name).and_then(Value::as_array).into_iter().flatten();
            texts.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
        };
        let kind = match text("type") {
            "object" => Kind::Object,
            "array" => Kind::Array,
            "string" => Kind::String,
            "integer" => Kind::Integer,
            "number" => Kind::Number,
            "boolean" => Kind::Boolean,
            _ => Kind::None,
        };
        let format = match text("format") {
            "byte" => Format::Byte,
            "duration" => Format::Duration,
            "date" => Format::Date,
            "date-time" => Format::DateTime,
            _ => Format::Plain,
        };
        let items = match text("x-kubernetes-list-type") {
            "set" => Items::Set,
            "map" => Items::Keys(texts("x-kubernetes-list-map-keys")),
            _ => Items::Atomic,
        };
        let allowed = schema.get("enum").and_then(Value::as_array).filter(|all| !all.is_empty());
        let mut shape = Self {
            kind,
            format,
            nullable: flag("nullable"),
            int_or_string: flag("x-kubernetes-int-or-string"),
            properties: properties(schema),
            additional: below("additionalProperties"),
            item: below("items"),
            items,
            max_length: limit("maxLength"),
            max_items: limit("maxItems"),
            max_properties: limit("maxProperties"),
            longest: allowed.map(|all| {
                all.iter()
                    .filter_map(Value::as_str)
                    .map(|text| text.len() as u64)
                    .max()
                    .unwrap_or(0)
            }),
            required: texts("required"),
            has_default: schema.get("default").is_some_and(|default| !default.is_null()),
        };
        if resource && !shape.has_meta() {
            shape.add_meta();
        }
        shape
    }

    fn has_meta(&self) -> bool {
        let is = |shape: &Self, name: &str, kind: Kind| {
            shape.properties.get(name).is_some_and(|below| below.kind == kind)
        };
        is(self, "kind", Kind::String)
            && is(self, "apiVersion", Kind::String)
            && self.properties.get("metadata").is_some_and(|metadata| {
                metadata.kind == Kind::Object
                    && is(metadata, "name", Kind::String)
                    && is(metadata, "generateName", Kind::String)
            })
    }

    fn add_meta(&mut self) {
        let text = Arc::new(Self { kind: Kind::String, ..Self::default() });
        let names = ["name", "generateName"].map(|name| (name.to_owned(), Arc::clone(&text)));
        let metadata =
            Self { kind: Kind::Object, properties: BTreeMap::from(names), ..Self::default() };
        for name in ["kind", "apiVersion"] {
            self.properties.insert(name.to_owned(), Arc::clone(&text));
        }
        self.properties.insert("metadata".to_owned(), Arc::new(metadata));
    }

    /// What a key of an object holds.
    pub(crate) fn property(&self, key: &str) -> Option<&Arc<Self>> {
        if self.properties.is_empty() {
            return self.additional.as_ref();
        }
        self.properties.get(key)
    }
}

/// An object with a type and metadata of its own.
pub(crate) fn is_embedded(schema: &Value) -> bool {
    schema.get("x-kubernetes-embedded-resource").and_then(Value::as_bool).unwrap_or_default()
}

fn properties(schema: &Value) -> BTreeMap<String, Arc<Shape>> {
    let all = schema.get("properties").and_then(Value::as_object);
    all.into_iter()
        .flatten()
        .map(|(name, below)| (name.clone(), Arc::new(Shape::read(below, is_embedded(below)))))
        .collect()
}
