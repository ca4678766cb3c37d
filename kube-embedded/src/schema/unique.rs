//! Lists that are sets or maps: which items repeat another one.

use serde_json::{Map, Value};

use super::error::FieldError;
use super::node::Node;
use crate::json::{self, child};

/// Finds repeated items below a value.
pub(super) fn check_unique(node: &Node, value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if let Some(node) = node.properties.get(key) {
                    check_unique(node, value, &child(path, key), errors);
                } else if let Some(node) = &node.additional {
                    check_unique(node, value, &format!("{path}[{key}]"), errors);
                }
            }
        }
        Value::Array(items) => {
            check_list(node, items, path, errors);
            if let Some(node) = &node.items {
                for (index, item) in items.iter().enumerate() {
                    check_unique(node, item, &format!("{path}[{index}]"), errors);
                }
            }
        }
        _ => {}
    }
}

fn check_list(node: &Node, items: &[Value], path: &str, errors: &mut Vec<FieldError>) {
    let identities: Vec<Value> = match node.list_type.as_deref() {
        Some("set") => items.to_vec(),
        Some("map") => {
            if let Some((index, item)) =
                items.iter().enumerate().find(|(_, item)| !item.is_object() && !item.is_null())
            {
                let detail = "must be an object for an array of list-type map";
                errors.push(FieldError::invalid(format!("{path}[{index}]"), item, detail));
                return;
            }
            items.iter().map(|item| keys_of(node, item)).collect()
        }
        _ => return,
    };
    for (index, identity) in identities.iter().enumerate() {
        // Of several repetitions the first is reported.
        if identities[..index].iter().filter(|other| json::equal(other, identity)).count() == 1 {
            errors.push(FieldError::duplicate(format!("{path}[{index}]"), identity));
        }
    }
}

fn keys_of(node: &Node, item: &Value) -> Value {
    let keys = node.list_keys.iter().filter_map(|key| Some((key.clone(), item.get(key)?.clone())));
    Value::Object(keys.collect::<Map<_, _>>())
}
