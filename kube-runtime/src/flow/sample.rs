//! Objects for tests: a name and a version in, what the wire would have made of them out.

use kube_core::wire::RawObject;
use serde_json::{Value, json};

use super::cached::Cached;

/// `a/{name}` with uid `u-{name}`.
pub(crate) fn object(name: &str, version: u64) -> RawObject {
    object_with(name, version, &json!({}))
}

/// The same with more in it; members of metadata are merged.
pub(crate) fn object_with(name: &str, version: u64, more: &Value) -> RawObject {
    let mut whole = json!({
        "metadata": {
            "namespace": "a",
            "name": name,
            "uid": format!("u-{name}"),
            "resourceVersion": version.to_string(),
        },
    });
    for (member, value) in more.as_object().into_iter().flatten() {
        match (member.as_str(), value.as_object()) {
            ("metadata", Some(metadata)) => {
                metadata.iter().for_each(|(name, value)| whole["metadata"][name] = value.clone());
            }
            _ => whole[member] = value.clone(),
        }
    }
    raw(&whole)
}

/// Any object.
pub(crate) fn raw(whole: &Value) -> RawObject {
    RawObject::parse(whole.to_string().into(), false).unwrap()
}

/// A cached one.
pub(crate) fn cached(name: &str, version: u64) -> Cached {
    Cached::raw(&object(name, version))
}
