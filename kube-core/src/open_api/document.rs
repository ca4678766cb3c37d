//! One OpenAPI v3 document: a kind in, its schema out.

use std::fmt;

use serde_json::Value;

use crate::object::ApiResource;

/// What a server says of the kinds of one group and version.
#[derive(Clone, PartialEq)]
pub struct Document(Value);

impl Document {
    pub(super) fn new(value: Value) -> Self {
        Self(value)
    }

    /// All of it.
    #[must_use]
    pub fn as_json(&self) -> &Value {
        &self.0
    }

    /// The schema of this kind.
    #[must_use]
    pub fn schema(&self, kind: &ApiResource) -> Option<&Value> {
        let is = |schema: &&Value| {
            let kinds = schema.get("x-kubernetes-group-version-kind").and_then(Value::as_array);
            kinds.into_iter().flatten().any(|known| {
                known["group"] == *kind.group
                    && known["version"] == *kind.version
                    && known["kind"] == *kind.kind
            })
        };
        self.0.get("components")?.get("schemas")?.as_object()?.values().find(is)
    }

    /// What a `$ref` of this document stands for.
    #[must_use]
    pub fn referred(&self, reference: &str) -> Option<&Value> {
        self.0.pointer(reference.strip_prefix('#')?)
    }
}

/// How many schemas it has: the rest is long.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schemas = self.0.pointer("/components/schemas").and_then(Value::as_object);
        write!(f, "Document({} schemas)", schemas.map_or(0, serde_json::Map::len))
    }
}
