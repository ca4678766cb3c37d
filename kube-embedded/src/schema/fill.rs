//! What an API server does to a custom object before it looks at it: unknown fields out, nulls out, defaults in.

use serde_json::Value;

use super::node::Node;
use crate::json::child;

fn is_meta(key: &str) -> bool {
    matches!(key, "apiVersion" | "kind" | "metadata")
}

/// Removes what the schema does not declare and notes the paths.
pub(super) fn prune(
    node: &Node,
    value: &mut Value,
    path: &str,
    resource: bool,
    unknown: &mut Vec<String>,
) {
    let resource = resource || node.embedded;
    match value {
        Value::Object(object) => object.retain(|key, value| {
            if resource && is_meta(key) {
                return true;
            }
            let below = child(path, key);
            match node.properties.get(key) {
                Some(node) => prune(node, value, &below, false, unknown),
                None if node.additional_allowed => match &node.additional {
                    Some(node) => prune(node, value, &below, false, unknown),
                    None => prune_all(value, &below, unknown),
                },
                None if node.preserve => {}
                None => {
                    unknown.push(below);
                    return false;
                }
            }
            true
        }),
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                let below = format!("{path}[{index}]");
                match &node.items {
                    Some(items) => prune(items, item, &below, false, unknown),
                    None if node.preserve => {}
                    None => prune_all(item, &below, unknown),
                }
            }
        }
        _ => {}
    }
}

/// Removes all fields of what no schema describes.
fn prune_all(value: &mut Value, path: &str, unknown: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            unknown.extend(object.keys().map(|key| child(path, key)));
            object.clear();
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                prune_all(item, &format!("{path}[{index}]"), unknown);
            }
        }
        _ => {}
    }
}

/// Removes nulls that may not be null and have no default.
pub(super) fn drop_nulls(node: &Node, value: &mut Value) {
    match value {
        Value::Object(object) => object.retain(|key, value| {
            let Some(node) = node.property(key) else { return true };
            if value.is_null() && !node.nullable && node.default.is_none() {
                return false;
            }
            drop_nulls(node, value);
            true
        }),
        Value::Array(items) => {
            if let Some(node) = &node.items {
                items.iter_mut().for_each(|item| drop_nulls(node, item));
            }
        }
        _ => {}
    }
}

/// Fills in defaults of absent fields and of nulls that may not be null.
pub(super) fn apply_defaults(node: &Node, value: &mut Value) {
    let replace = |node: &Node, value: &mut Value| {
        if value.is_null() && !node.nullable {
            *value = node.default.clone().unwrap_or_default();
        }
    };
    match value {
        Value::Object(object) => {
            for (key, node) in &node.properties {
                let Some(default) = &node.default else { continue };
                if object.get(key).is_none_or(|value| value.is_null() && !node.nullable) {
                    object.insert(key.clone(), default.clone());
                }
            }
            for (key, value) in object {
                if let Some(node) = node.properties.get(key) {
                    apply_defaults(node, value);
                } else if let Some(node) = &node.additional {
                    replace(node, value);
                    apply_defaults(node, value);
                }
            }
        }
        Value::Array(items) => {
            if let Some(node) = &node.items {
                for item in items {
                    replace(node, item);
                    apply_defaults(node, item);
                }
            }
        }
        _ => {}
    }
}
