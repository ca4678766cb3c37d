//! What is published of a built-in kind: its types in, a schema for each of its structs out.
//!
//! Differs: there is no prose, nothing is said to be required, and all structs are named as of the kind's own group.

use crate::kind::Kind;
use crate::schema::{Field, Scalar, Type, TypeId, Types};
use serde_json::{Map, Value, json};

/// A quantity and a number that may be a text: they have names of their own.
const QUANTITY: &str = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const INT_OR_STRING: &str = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";

/// Adds the schemas of a kind, its own of the name `root`; false: nothing is known of it.
pub(super) fn add(kind: &Kind, root: &str, schemas: &mut Map<String, Value>) -> bool {
    let Some(types) = &kind.types else { return false };
    let prefix = root.strip_suffix(&kind.kind).unwrap_or(root);
    let mut writer = Writer { types, prefix, schemas };
    let Some(schema) = writer.fields(types.get(types.root())) else { return false };
    writer.schemas.insert(root.to_owned(), schema);
    true
}

struct Writer<'a> {
    types: &'a Types,
    prefix: &'a str,
    schemas: &'a mut Map<String, Value>,
}

impl Writer<'_> {
    /// A struct's fields; `None`: it is none.
    fn fields(&mut self, of: &Type) -> Option<Value> {
        let map = of.map.as_ref().filter(|map| !map.fields.is_empty())?;
        let properties: Map<String, Value> =
            map.fields.iter().map(|(name, field)| (name.to_string(), self.field(field))).collect();
        Some(json!({"type": "object", "properties": properties}))
    }

    fn field(&mut self, field: &Field) -> Value {
        let mut schema = self.schema(field.of);
        if let Some(default) = &field.default {
            if let Some(reference) = schema.get("$ref").cloned() {
                // What stands beside a reference is not read.
                schema = json!({"allOf": [{"$ref": reference}]});
            }
            schema["default"] = default.clone();
        }
        if let Some(key) = &field.merge_key {
            schema["x-kubernetes-patch-merge-key"] = (**key).into();
        }
        schema
    }

    fn schema(&mut self, id: TypeId) -> Value {
        let of = self.types.get(id).clone();
        if let Some(list) = &of.list
            && of.map.is_none()
        {
            return json!({"type": "array", "items": self.schema(list.element)});
        }
        if let Some(map) = &of.map {
            if map.deduced || of.list.is_some() {
                return json!({"type": "object"});
            }
            if map.fields.is_empty() {
                let element = map.element.map(|element| self.schema(element));
                return match element {
                    Some(element) => json!({"type": "object", "additionalProperties": element}),
                    None => json!({"type": "object"}),
                };
            }
            return self.reference(&of);
        }
        match of.scalar {
            Some(Scalar::Boolean) => json!({"type": "boolean"}),
            Some(Scalar::Numeric) if &*of.go == "float64" => {
                json!({"type": "number", "format": "double"})
            }
            Some(Scalar::Numeric) => json!({"type": "integer", "format": of.go}),
            Some(Scalar::String) if &*of.go == "[]uint8" => {
                json!({"type": "string", "format": "byte"})
            }
            Some(Scalar::String) => json!({"type": "string"}),
            Some(Scalar::Untyped) | None => self.special(&of.go),
        }
    }

    fn special(&mut self, go: &str) -> Value {
        let (name, schema) = match go {
            "v1.Time" | "v1.MicroTime" => return json!({"type": "string", "format": "date-time"}),
            "resource.Quantity" => {
                (QUANTITY, json!({"oneOf": [{"type": "string"}, {"type": "number"}]}))
            }
            "intstr.IntOrString" => (
                INT_OR_STRING,
                json!({"oneOf": [{"type": "integer"}, {"type": "string"}], "format": "int-or-string"}),
            ),
            _ => return json!({}),
        };
        self.schemas.entry(name).or_insert(schema);
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    /// Refers to a struct, whose own schema is added the first time.
    fn reference(&mut self, of: &Type) -> Value {
        let own = of.go.rsplit('.').next().unwrap_or_default();
        let name = format!("{}{own}", self.prefix);
        if !self.schemas.contains_key(&name) {
            // A struct may contain itself.
            self.schemas.insert(name.clone(), Value::Null);
            if let Some(schema) = self.fields(of) {
                self.schemas.insert(name.clone(), schema);
            }
        }
        json!({"$ref": format!("#/components/schemas/{name}")})
    }
}
