//! An object of one version of its kind in, the same object in another out, by the functions that its author wrote between neighbours.
//!
//! Promises:
//! - What a version cannot hold is kept in the annotation `<group>/other-versions`, and given back to the version that can: there and back,
//!   nothing is lost.
//! - What somebody changed meanwhile, in the version that cannot hold all of it, goes before what was kept: field by field, as [`kept`] says.
//! - Of the metadata nothing but that annotation is touched.
//! - A failure says which object, from which version to which, and at which field.
//!
//! Mirrors: controller-runtime pkg/webhook/conversion
//! Differs: no version is the hub; the way leads from neighbour to neighbour, and each step loses nothing.

mod kept;
mod step;
#[cfg(test)]
mod tests;
mod trips;

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;

use super::value::{Unknown, mismatches};
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::object::Step;
use crate::object::Versions;
use crate::object::Way;

use kept::Kept;
pub use step::Part;
pub use step::neighbours;
pub use step::neighbours_with_status;
pub use step::versions;
pub(super) use trips::lost_between_versions;

/// Annotations of an object have 256 KiB together; others want some of it.
const LARGEST: usize = 192 << 10;
/// What converting changes of an object.
const PARTS: [&str; 2] = ["spec", "status"];

impl Versions {
    /// The annotation that keeps what a version cannot hold.
    #[must_use]
    pub fn annotation(&self) -> String {
        format!("{}/other-versions", self.resource.group)
    }

    /// The object in the version `to`, as `v1`.
    ///
    /// ```
    /// # #[cfg(feature = "derive")] {
    /// use kube_core::Resource;
    /// use serde_json::json;
    ///
    /// #[derive(Resource, Clone, Debug)]
    /// #[resource(group = "demo.example.com", version = "v1beta1", kind = "Site", served)]
    /// pub struct SiteV1beta1Spec {
    ///     image: String,
    /// }
    ///
    /// #[derive(Resource, Clone, Debug)]
    /// #[resource(group = "demo.example.com", version = "v1", kind = "Site", storage, converts_from(SiteV1beta1))]
    /// pub struct SiteSpec {
    ///     image: String,
    ///     #[resource(default = 1)]
    ///     replicas: i32,
    /// }
    ///
    /// impl From<SiteV1beta1Spec> for SiteSpec {
    ///     fn from(old: SiteV1beta1Spec) -> Self {
    ///         Self { image: old.image, replicas: 1 }
    ///     }
    /// }
    ///
    /// impl From<SiteSpec> for SiteV1beta1Spec {
    ///     fn from(new: SiteSpec) -> Self {
    ///         Self { image: new.image }
    ///     }
    /// }
    ///
    /// let versions = Site::versions().unwrap();
    /// let site = json!({
    ///     "apiVersion": "demo.example.com/v1", "kind": "Site", "metadata": { "name": "shop" },
    ///     "spec": { "image": "nginx", "replicas": 3 },
    /// });
    /// let mut old = versions.convert(&site, "v1beta1").unwrap();
    /// assert_eq!(old["spec"], json!({ "image": "nginx" }));
    /// old["spec"]["image"] = "caddy".into();
    /// let new = versions.convert(&old, "v1").unwrap();
    /// assert_eq!(new["spec"], json!({ "image": "caddy", "replicas": 3 }));
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The object is of another kind, of a version that is not one of these, or not what its version says; a function refused; more is to be
    /// kept than an annotation can hold.
    pub fn convert(&self, object: &Value, to: &str) -> Result<Value> {
        let api_version = object["apiVersion"].as_str().unwrap_or_default();
        let kind = object["kind"].as_str().unwrap_or_default();
        let failed = |why: String| {
            let (name, namespace) = (&object["metadata"]["name"], &object["metadata"]["namespace"]);
            let name = name.as_str().unwrap_or_default();
            let name = match namespace.as_str().filter(|namespace| !namespace.is_empty()) {
                Some(namespace) => format!("{namespace}/{name}"),
                None => name.to_owned(),
            };
            let own = &self.resource.kind;
            Error::new(
                ErrorKind::Invalid,
                format!("failed to convert {own} `{name}` from {api_version} to {to}: {why}"),
            )
        };
        if !self.resource.is_kind(api_version, kind) {
            return Err(failed(format!("it is a {kind} of {api_version}")));
        }
        let from = api_version.rsplit('/').next().unwrap_or_default();
        let Some(way) = self.way(from, to) else {
            let names: Vec<_> = self.names().collect();
            return Err(failed(format!("its versions are {}", names.join(", "))));
        };
        let mut converted = object.clone();
        for step in way {
            converted = self.step(converted, &step).map_err(failed)?;
        }
        Ok(converted)
    }

    /// Between neighbours.
    fn step(&self, object: Value, way: &Way<'_>) -> Result<Value, String> {
        let Way { from, to, there, back, as_from, as_to } = *way;
        let read = complete((as_from)(&object)?, &object);
        let mut all = self.kept(&object);
        let plain = as_to(&there(&object)?)?;
        let converted = match all.remove(to) {
            Some(kept) => self.restored(plain, &kept, as_to, to),
            None => plain,
        };
        let shown =
            back(&converted).map_err(|why| format!("it could not come back to {from}: {why}"))?;
        match Kept::between(&parts(&read), &parts(&shown)) {
            Some(kept) => _ = all.insert(from.to_owned(), kept),
            None => _ = all.remove(from),
        }
        let mut next = object;
        next["apiVersion"] = format!("{}/{to}", self.resource.group).into();
        put(&mut next, &converted);
        self.keep(&mut next, &all)?;
        Ok(next)
    }

    /// With what was kept, unless that is not what the version says: anybody may write annotations.
    fn restored(&self, plain: Value, kept: &Kept, as_to: Step, to: &str) -> Value {
        let schema = self.schemas.get(to).unwrap_or(&Value::Null);
        let whole = kept.restore(parts(&plain), schema);
        let wrong = |value: &Value| {
            let mut found = Vec::new();
            for part in PARTS.iter().filter(|part| !value[**part].is_null()) {
                let schema = &schema["properties"][*part];
                mismatches(&value[*part], schema, part, Unknown::Passed, &mut found);
            }
            found
        };
        let whole = match as_to(&whole) {
            Ok(read) => complete(read, &whole),
            Err(why) => {
                tracing::debug!(why, "what was kept of another version is dropped");
                return plain;
            }
        };
        match (wrong(&whole).first(), wrong(&parts(&plain)).is_empty()) {
            (Some(why), true) => {
                tracing::debug!(why, "what was kept of another version is dropped");
                plain
            }
            _ => whole,
        }
    }

    /// What is kept, by version. What is no such thing is nobody's, and goes.
    fn kept(&self, object: &Value) -> BTreeMap<String, Kept> {
        let text = object["metadata"]["annotations"][self.annotation()].as_str();
        let kept = text.and_then(|text| serde_json::from_str(text).ok());
        let mut kept: BTreeMap<String, Kept> = kept.unwrap_or_default();
        kept.retain(|version, _| self.schemas.contains_key(version));
        kept
    }

    fn keep(&self, object: &mut Value, all: &BTreeMap<String, Kept>) -> Result<(), String> {
        let name = self.annotation();
        if all.is_empty() {
            if let Some(Value::Object(annotations)) = object.pointer_mut("/metadata/annotations")
                && annotations.remove(&name).is_some()
                && annotations.is_empty()
                && let Some(metadata) = object["metadata"].as_object_mut()
            {
                metadata.remove("annotations");
            }
            return Ok(());
        }
        let text = serde_json::to_string(all).map_err(|error| error.to_string())?;
        if text.len() > LARGEST {
            return Err(format!(
                "metadata.annotations[{name}]: what the other versions do not hold are {} bytes, and {LARGEST} can be kept",
                text.len()
            ));
        }
        let annotations = &mut object["metadata"]["annotations"];
        if !annotations.is_object() {
            *annotations = Value::Object(Map::new());
        }
        annotations[name] = text.into();
        Ok(())
    }
}

/// Spec and status, and nothing else.
fn parts(object: &Value) -> Value {
    let of = |part: &&str| object.get(*part).map(|value| ((*part).to_owned(), value.clone()));
    Value::Object(PARTS.iter().filter_map(of).collect())
}

/// Those of `from` instead of its own.
fn put(object: &mut Value, from: &Value) {
    let Some(members) = object.as_object_mut() else { return };
    for part in PARTS {
        match from.get(part) {
            Some(value) => _ = members.insert(part.to_owned(), value.clone()),
            None => _ = members.remove(part),
        }
    }
}

/// What a type made of an object, with what the type does not know.
fn complete(read: Value, object: &Value) -> Value {
    let mut read = read;
    for part in PARTS {
        if let (Some(read), Some(given)) = (read.get_mut(part), object.get(part)) {
            unknown(read, given);
        }
    }
    read
}

fn unknown(read: &mut Value, given: &Value) {
    let (Value::Object(read), Value::Object(given)) = (read, given) else { return };
    for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
        match read.get_mut(name) {
            Some(known) => unknown(known, value),
            None => _ = read.insert(name.clone(), value.clone()),
        }
    }
}
