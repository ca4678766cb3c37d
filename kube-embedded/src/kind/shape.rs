//! The shape of an object: a parsed object in; without what its kind does not know, and the names of that, out.

use super::Kind;
use crate::schema;
use serde_json::{Map, Value, json};

impl Kind {
    /// Drops what the kind does not know and says where it was.
    ///
    /// # Errors
    /// The text of a 400: a member has the wrong type.
    pub(crate) fn shape(&self, object: &mut Value) -> Result<Vec<String>, String> {
        let mut unknown = Vec::new();
        if self.custom {
            unknown = metadata_shape(object)?;
        }
        for path in self.strategy.decode(self, object)? {
            if !unknown.contains(&path) {
                unknown.push(path);
            }
        }
        unknown.sort();
        Ok(unknown)
    }
}

/// Metadata is the same for every kind; that of a custom one is checked as that of a built-in.
fn metadata_shape(object: &mut Value) -> Result<Vec<String>, String> {
    let Some(types) = schema::builtin("v1", "ConfigMap") else { return Ok(Vec::new()) };
    let metadata = object.get_mut("metadata").map_or(Value::Null, Value::take);
    let mut alone = json!({"metadata": metadata});
    if let Some(error) = types.decode_error(&alone) {
        object["metadata"] = alone["metadata"].take();
        return Err(error.replace("ObjectMeta.metadata.", "ObjectMeta."));
    }
    let unknown = types.prune(&mut alone);
    object["metadata"] = match alone["metadata"].take() {
        Value::Null => Value::Object(Map::new()),
        metadata => metadata,
    };
    Ok(unknown)
}
