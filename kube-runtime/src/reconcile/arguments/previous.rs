//! `Previous<K>`: the reconciled object as the last reconcile that ended well began with it.

use std::fmt;
use std::sync::Arc;

use anyhow::Context as _;
use kube_core::Resource;
use serde_json::Value;

use super::Argument;
use crate::error::Result;
use crate::reconcile::difference::Changed;
use crate::reconcile::difference::difference;
use crate::reconcile::request::Request;
use crate::reconcile::wiring::Wiring;

/// What the last reconcile of this object that ended well began with, beside what it is now.
///
/// It is kept by this process: after a start there is none, and what a reconcile does must not hang on there being one. It is for what costs
/// much and may be left out, as a build or a call to somebody else. It costs the memory of one more packed object for each that changed.
///
/// ```
/// use kube_runtime::prelude::*;
/// use kube_runtime::reconcile::Previous;
///
/// #[derive(Resource, Clone, Debug)]
/// #[resource(group = "demo.example.com", version = "v1", kind = "Photo", namespaced)]
/// pub struct PhotoSpec {
///     pub negative: String,
///     pub title: String,
/// }
///
/// #[controller]
/// async fn develop(photo: Object<Photo>, previous: Previous<Photo>) -> Result<Action> {
///     if previous.differs(|photo| &photo.spec.negative) {
///         println!("developing {}", photo.spec.negative);
///     }
///     for change in previous.difference() {
///         println!("{change}"); // /spec/title: "Sunset" is "Sunrise"
///     }
///     Ok(Action::done())
/// }
/// # _ = develop;
/// ```
pub struct Previous<K> {
    before: Option<Arc<K>>,
    now: Arc<K>,
}

impl<K: Resource> Previous<K> {
    /// What it was; `None` when this process has not reconciled it yet.
    #[must_use]
    pub fn get(&self) -> Option<&K> {
        self.before.as_deref()
    }

    /// Whether a part of it is another than it was; true when it is not known what it was.
    #[must_use]
    pub fn differs<V: PartialEq + ?Sized>(&self, part: impl Fn(&K) -> &V) -> bool {
        self.before.as_deref().is_none_or(|before| part(before) != part(&self.now))
    }

    /// What is different, its status and metadata left out; empty also when it is not known what it was.
    #[must_use]
    pub fn difference(&self) -> Vec<Changed> {
        let Some(before) = &self.before else { return Vec::new() };
        difference(&asked_for(&**before), &asked_for(&*self.now))
    }
}

/// What somebody wants of it: its spec, or what a kind without spec has instead.
fn asked_for<K: Resource>(object: &K) -> Value {
    let mut whole = serde_json::to_value(object).unwrap_or_default();
    if let Value::Object(fields) = &mut whole {
        for field in ["apiVersion", "kind", "metadata", "status"] {
            fields.remove(field);
        }
    }
    whole
}

impl<K: Resource> Argument<K> for Previous<K> {
    fn wire(wiring: &mut Wiring) {
        wiring.remember();
    }

    fn extract(request: &Request<K>) -> Result<Self> {
        let lister = request.context().lister::<K>()?;
        let before = request.previous().map(|cached| lister.decoded(cached)).transpose();
        let before = before.context("failed to read what the object was before")?;
        Ok(Self { before, now: Arc::clone(request.object()) })
    }
}

impl<K: fmt::Debug> fmt::Debug for Previous<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Previous").field(&self.before).finish()
    }
}
