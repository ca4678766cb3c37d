//! The types of an object's fields as far as merging needs them: scalars, lists with or without keys, structs and maps.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::quantity::canonical;

/// The place of a type among its [`Types`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TypeId(pub(super) u32);

/// All types that can be reached from one kind.
#[derive(Debug, Clone)]
pub struct Types {
    nodes: Vec<Type>,
    root: TypeId,
    /// A Go struct stands behind the kind: it has built-in types, not a CRD's schema.
    built_in: bool,
}

/// What a value may be: any of a scalar, a list, a map.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Type {
    /// What scalar it may be.
    pub scalar: Option<Scalar>,
    /// What list it may be.
    pub list: Option<List>,
    /// What struct or map it may be.
    pub map: Option<StructMap>,
    /// Its name in Go, which messages about wrong types print: `int32`, `v1.PodSpec`.
    pub go: Box<str>,
}

/// A scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scalar {
    /// An integer or a float.
    Numeric,
    /// A string.
    String,
    /// A boolean.
    Boolean,
    /// Any of these.
    Untyped,
}

/// A list.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct List {
    /// The type of its items.
    pub element: TypeId,
    /// How its items are told apart.
    pub relation: Relation,
}

/// How the items of a list are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Relation {
    /// Not at all: the list is one value.
    Atomic,
    /// By their value.
    Set,
    /// By these of their fields.
    Keys(Vec<String>),
}

/// A struct (declared fields), a map (any key), or both.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct StructMap {
    /// The declared fields.
    pub fields: BTreeMap<Box<str>, Field>,
    /// The type behind any other key; none: no other key is allowed.
    pub element: Option<TypeId>,
    /// It is one value.
    pub atomic: bool,
    /// Nothing is known of its fields: their types are deduced from the values.
    pub deduced: bool,
}

/// A declared field.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Field {
    /// Its type.
    pub of: TypeId,
    /// What it is when it is absent.
    pub default: Option<Value>,
    /// A struct that Go always prints, empty if need be.
    pub present: bool,
    /// A list, map or pointer that Go prints as null when it is empty.
    pub required: bool,
    /// A field that Go prints as null when it is not set.
    pub null: bool,
    /// A scalar that Go does not print when it is zero, false or empty.
    pub omit: bool,
    /// Strategic merge patch: lists of this field are merged, not replaced.
    pub merge: bool,
    /// Strategic merge patch: by this key (none: a list of scalars).
    pub merge_key: Option<Box<str>>,
    /// Strategic merge patch: `$retainKeys` is honoured.
    pub retain_keys: bool,
}

impl Field {
    pub(super) fn of(of: TypeId) -> Self {
        Self {
            of,
            default: None,
            present: false,
            required: false,
            null: false,
            omit: false,
            merge: false,
            merge_key: None,
            retain_keys: false,
        }
    }
}

impl StructMap {
    /// The type behind a key, declared or not.
    #[must_use]
    pub fn type_of(&self, key: &str) -> Option<TypeId> {
        self.fields.get(key).map(|field| field.of).or(self.element)
    }
}

impl Types {
    /// The types with nothing in them but what is deduced and what is atomic.
    pub(super) fn bare() -> Self {
        let untyped = |list: u32, map: u32, atomic: bool| Type {
            scalar: Some(Scalar::Untyped),
            list: Some(List { element: TypeId(list), relation: Relation::Atomic }),
            map: Some(StructMap {
                element: Some(TypeId(map)),
                atomic,
                deduced: !atomic,
                ..StructMap::default()
            }),
            go: "interface {}".into(),
        };
        Self {
            nodes: vec![untyped(1, 0, false), untyped(1, 1, true)],
            root: Self::DEDUCED,
            built_in: false,
        }
    }

    /// The type of what nothing is known of: maps are granular, lists atomic.
    pub const DEDUCED: TypeId = TypeId(0);
    /// The type of what is one value, whatever it is.
    pub const ATOMIC: TypeId = TypeId(1);

    pub(super) fn add(&mut self, node: Type) -> TypeId {
        self.nodes.push(node);
        TypeId(
            u32::try_from(self.nodes.len() - 1)
                .expect("a schema has fewer than four billion types"),
        )
    }

    pub(super) fn set(&mut self, id: TypeId, node: Type) {
        self.nodes[id.0 as usize] = node;
    }

    pub(super) fn set_root(&mut self, root: TypeId, built_in: bool) {
        (self.root, self.built_in) = (root, built_in);
    }

    /// Where an object starts.
    #[must_use]
    pub fn root(&self) -> TypeId {
        self.root
    }

    /// One type.
    #[must_use]
    pub fn get(&self, id: TypeId) -> &Type {
        &self.nodes[id.0 as usize]
    }

    /// Fills in what Go prints of an absent field: static defaults, structs that are always there, times that are not set.
    pub fn apply_defaults(&self, object: &mut Value) {
        self.fill(self.root, object, false);
    }

    /// The object that Go holds before anything is set in it: what a new object is compared with.
    #[must_use]
    pub fn empty(&self) -> Value {
        let mut object = Value::Object(Map::new());
        self.fill(self.root, &mut object, true);
        object
    }

    /// Fills in what Go prints, and the nulls of required lists besides.
    #[must_use]
    pub fn as_go_prints(&self, object: &Value) -> Value {
        let mut object = object.clone();
        self.fill(self.root, &mut object, true);
        object
    }

    fn fill(&self, id: TypeId, value: &mut Value, nulls: bool) {
        if !self.built_in {
            return;
        }
        let node = self.get(id);
        match (value, &node.list, &node.map) {
            (Value::Array(items), Some(list), _) => {
                for item in items {
                    self.fill(list.element, item, nulls);
                }
            }
            (Value::Object(object), _, Some(map)) if !map.deduced => {
                for (name, field) in &map.fields {
                    let value = object.get(&**name);
                    let absent = value.is_none_or(|value| value.is_null());
                    if absent && field.present {
                        object.insert(name.to_string(), Value::Object(Map::new()));
                    } else if absent && let Some(default) = &field.default {
                        object.insert(name.to_string(), default.clone());
                    } else if value.is_none() && (field.null || (field.required && nulls)) {
                        object.insert(name.to_string(), Value::Null);
                    }
                }
                for (key, value) in object {
                    if let Some(id) = map.type_of(key) {
                        self.fill(id, value, nulls);
                    }
                }
            }
            _ => {}
        }
    }

    /// Removes what Go does not print of a struct: nulls, and what is empty or zero of optional fields; quantities get their
    /// canonical form. Of a custom kind only the metadata is touched.
    pub fn drop_nulls(&self, object: &mut Value) {
        if self.built_in {
            self.drop_below(self.root, object);
        } else if let Some(metadata) = object.get_mut("metadata")
            && let Some(id) =
                self.get(self.root).map.as_ref().and_then(|map| map.type_of("metadata"))
        {
            self.drop_below(id, metadata);
        }
    }

    fn drop_below(&self, id: TypeId, value: &mut Value) {
        let node = self.get(id);
        if &*node.go == "resource.Quantity" {
            return write_quantity(value);
        }
        match (value, &node.list, &node.map) {
            (Value::Array(items), Some(list), _) => {
                for item in items {
                    self.drop_below(list.element, item);
                }
            }
            (Value::Object(object), _, Some(map)) if !map.deduced => object.retain(|key, value| {
                if let Some(id) = map.type_of(key) {
                    self.drop_below(id, value);
                }
                let Some(field) = map.fields.get(&**key) else { return true };
                let empty = match value {
                    Value::Bool(set) => field.omit && !*set,
                    Value::String(text) => field.omit && text.is_empty(),
                    Value::Number(number) => field.omit && number.as_f64() == Some(0.0),
                    Value::Null => !field.null,
                    Value::Array(items) => items.is_empty() && !field.required,
                    Value::Object(entries) => {
                        entries.is_empty() && !field.required && self.is_plain_map(field.of)
                    }
                };
                !empty
            }),
            _ => {}
        }
    }

    /// A map of strings to something, which a struct that happens to be empty is not.
    fn is_plain_map(&self, id: TypeId) -> bool {
        self.get(id)
            .map
            .as_ref()
            .is_some_and(|map| map.element.is_some() && !map.deduced && id != Self::ATOMIC)
    }

    /// What decoding an object to Go and encoding it again does to it: fields that no type declares are gone (their paths are
    /// returned, sorted), and of a built-in kind nulls and empty optional lists and maps.
    pub fn prune(&self, object: &mut Value) -> Vec<String> {
        let mut unknown = Vec::new();
        self.prune_below(self.root, object, "", &mut unknown);
        unknown.sort();
        self.drop_nulls(object);
        unknown
    }

    /// The same for the metadata of an object alone.
    pub(super) fn prune_metadata(&self, metadata: &mut Value) -> Vec<String> {
        let mut unknown = Vec::new();
        if let Some(id) = self.get(self.root).map.as_ref().and_then(|map| map.type_of("metadata")) {
            self.prune_below(id, metadata, "metadata", &mut unknown);
        }
        unknown
    }

    fn prune_below(&self, id: TypeId, value: &mut Value, path: &str, unknown: &mut Vec<String>) {
        let node = self.get(id);
        match (value, &node.list, &node.map) {
            (Value::Array(items), Some(list), _) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.prune_below(list.element, item, &format!("{path}[{index}]"), unknown);
                }
            }
            (Value::Object(object), _, Some(map)) if !map.deduced => object.retain(|key, value| {
                let below = crate::json::child(path, key);
                match map.type_of(key) {
                    Some(id) => self.prune_below(id, value, &below, unknown),
                    None => unknown.push(below),
                }
                map.type_of(key).is_some()
            }),
            _ => {}
        }
    }
}

/// Brings a quantity to its canonical form; what is none stays as it is.
fn write_quantity(value: &mut Value) {
    let text = match &*value {
        Value::String(text) => canonical(text),
        Value::Number(_) => canonical(&crate::json::text(value)),
        _ => return,
    };
    if let Ok(text) = text {
        *value = Value::String(text);
    }
}
