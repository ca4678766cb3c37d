//! A user's change to each object before it is kept: what came over the wire in, what the cache has of it out.
//!
//! Mirrors: client-go tools/cache/shared_informer.go (`SetTransform`)
//! Differs: what tells an object and its version from others cannot be taken away; a change that panics leaves the object as it came.

use std::fmt::{self, Formatter};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use kube_core::wire::RawObject;
use serde_json::{Value, json};

/// What of its metadata an object keeps whatever a transform does.
const IDENTITY: [&str; 4] = ["namespace", "name", "uid", "resourceVersion"];

/// A change to each object. Clones are the same change.
#[derive(Clone)]
pub(crate) struct Transform(Arc<dyn Fn(&mut Value) + Send + Sync>);

impl Transform {
    pub(crate) fn new(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self(Arc::new(change))
    }

    /// Tells one transform from another.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).cast::<()>() as usize
    }

    /// The object as it is to be kept.
    pub(super) fn apply(&self, object: &RawObject) -> RawObject {
        let Ok(before) = serde_json::from_slice::<Value>(&object.bytes) else {
            return object.clone();
        };
        let mut after = before.clone();
        if catch_unwind(AssertUnwindSafe(|| (self.0)(&mut after))).is_err() {
            let name = &object.meta.name;
            tracing::error!(%name, "a transform panicked; the object is kept as it came");
            return object.clone();
        }
        identify(&mut after, &before);
        RawObject::parse(after.to_string().into(), true).unwrap_or_else(|malformed| {
            tracing::error!("a transform left no object: {malformed}; it is kept as it came");
            object.clone()
        })
    }
}

/// Puts the identity of the object back where it was changed.
fn identify(after: &mut Value, before: &Value) {
    if !after.is_object() {
        *after = json!({});
    }
    if !after["metadata"].is_object() {
        after["metadata"] = json!({});
    }
    let (Some(after), Some(before)) =
        (after["metadata"].as_object_mut(), before["metadata"].as_object())
    else {
        return;
    };
    for member in IDENTITY {
        match before.get(member) {
            Some(value) => _ = after.insert(member.to_owned(), value.clone()),
            None => _ = after.remove(member),
        }
    }
}

impl fmt::Debug for Transform {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("Transform")
    }
}
