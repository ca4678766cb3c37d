//! What a field says beside its type (rules of its own, limits of its items) in; the keywords of Kubernetes that mean it out.
//!
//! They stand under names of their own, as the type may have said the same keyword for all its values.

use serde_json::Value;

use super::Schema;
use super::normalise;

const RULES: &str = "x-kubernetes-validations";
/// More rules than those of the type.
pub(super) const OWN_RULES: &str = "x-kube-rules";
/// Keywords of each item of a list, or of each value of a map.
pub(super) const OWN_ITEMS: &str = "x-kube-items";

/// Takes them into the keywords of Kubernetes.
pub(super) fn absorb(schema: &mut Schema) {
    if let Some(Value::Array(more)) = schema.remove(OWN_RULES) {
        match schema.get_mut(RULES) {
            Some(Value::Array(rules)) => rules.extend(more),
            _ => {
                schema.insert(RULES.to_owned(), Value::Array(more));
            }
        }
    }
    if let Some(Value::Object(limits)) = schema.remove(OWN_ITEMS) {
        let keyword = if schema.contains_key("items") { "items" } else { "additionalProperties" };
        if let Some(Value::Object(items)) = schema.get_mut(keyword) {
            items.extend(limits);
            let items = normalise(Value::Object(std::mem::take(items)));
            schema.insert(keyword.to_owned(), items);
        }
    }
}
