//! The name under which an object is cached, queued and reconciled: namespace and name.
//!
//! Mirrors: client-go tools/cache/store.go (`ObjectName`, `MetaNamespaceKeyFunc`, `SplitMetaNamespaceKey`)
//! Differs: one shared string, as it is written, so that copying a key allocates nothing and costs one count.

use std::cmp::Ordering;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;
use std::sync::Arc;

use kube_core::HasMetadata;
use kube_core::wire::ObjectHead;

/// Namespace and name of one object; cheap to clone, written `namespace/name` or `name`.
///
/// ```
/// use kube_runtime::flow::Key;
///
/// let key: Key = "prod/web".parse()?;
/// assert_eq!((key.namespace(), key.name()), (Some("prod"), "web"));
/// assert_eq!(Key::cluster("node-1").to_string(), "node-1");
/// assert!("a/b/c".parse::<Key>().is_err());
///
/// let pod: k8s_openapi::api::core::v1::Pod =
///     serde_json::from_str(r#"{"metadata": {"namespace": "prod", "name": "web"}}"#)?;
/// assert_eq!(Key::of(&pod), key);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key {
    text: Arc<str>,
    /// Where the name begins: behind the slash, or at once.
    name: u32,
}

impl Key {
    /// The key of an object; `None` or an empty namespace means a cluster-scoped one.
    #[must_use]
    pub fn new(namespace: Option<&str>, name: &str) -> Self {
        let Some(namespace) = namespace.filter(|namespace| !namespace.is_empty()) else {
            return Self { text: Arc::from(name), name: 0 };
        };
        let text = Arc::from([namespace, "/", name].concat());
        let name =
            u32::try_from(namespace.len() + 1).expect("no object is larger than some mebibytes");
        Self { text, name }
    }

    /// The key of a namespaced object.
    #[must_use]
    pub fn namespaced(namespace: &str, name: &str) -> Self {
        Self::new(Some(namespace), name)
    }

    /// The key of a cluster-scoped object.
    #[must_use]
    pub fn cluster(name: &str) -> Self {
        Self::new(None, name)
    }

    /// The key of an object of any kind: typed, dynamic, or its metadata alone.
    #[must_use]
    pub fn of<K: HasMetadata>(object: &K) -> Self {
        let metadata = object.object_meta();
        Self::new(metadata.namespace.as_deref(), metadata.name.as_deref().unwrap_or_default())
    }

    /// The key of the object that this head belongs to.
    #[must_use]
    pub fn of_head(head: &ObjectHead) -> Self {
        Self::new(head.namespace.as_deref(), &head.name)
    }

    /// The namespace; `None` for a cluster-scoped object.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        let slash = self.name.checked_sub(1)?;
        Some(&self.text[..slash as usize])
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.text[self.name as usize..]
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.namespace(), self.name()).cmp(&(other.namespace(), other.name()))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Display for Key {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, formatter)
    }
}

/// A text that is not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a key: expected `name` or `namespace/name`")]
pub struct InvalidKey(String);

impl FromStr for Key {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let (namespace, name) = match text.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, text),
        };
        if name.is_empty() || name.contains('/') || namespace == Some("") {
            return Err(InvalidKey(text.to_owned()));
        }
        Ok(Self::new(namespace, name))
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{ConfigMap, Node};
    use kube_core::{DynamicObject, ObjectMeta, PartialObjectMetadata};
    use serde_json::json;

    use super::Key;

    #[test]
    fn every_object_has_a_key() {
        let metadata = ObjectMeta {
            namespace: Some("prod".to_owned()),
            name: Some("web".to_owned()),
            ..ObjectMeta::default()
        };
        let map = ConfigMap { metadata, ..ConfigMap::default() };
        assert_eq!(Key::of(&map), Key::namespaced("prod", "web"));
        let whole = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}});
        let dynamic: DynamicObject = serde_json::from_value(whole.clone()).unwrap();
        let partial: PartialObjectMetadata = serde_json::from_value(whole.clone()).unwrap();
        let node: Node = serde_json::from_value(whole).unwrap();
        let keys = [Key::of(&dynamic), Key::of(&partial), Key::of(&node)];
        assert_eq!(keys, ["node-1"; 3].map(Key::cluster));
    }

    #[test]
    fn a_key_is_what_it_is_written_as() {
        for (text, namespace, name) in [("a/b", Some("a"), "b"), ("b", None, "b")] {
            let key: Key = text.parse().unwrap();
            assert_eq!(
                (key.namespace(), key.name(), key.to_string()),
                (namespace, name, text.to_owned())
            );
        }
        assert_eq!(Key::namespaced("", "b"), Key::cluster("b"));
    }

    #[test]
    fn keys_are_sorted_by_namespace_and_then_by_name() {
        let mut keys = ["b/a", "a-b/c", "a/z", "z", "a/b"].map(|text| text.parse::<Key>().unwrap());
        keys.sort();
        assert_eq!(keys.map(|key| key.to_string()), ["z", "a/b", "a/z", "a-b/c", "b/a"]);
    }

    #[test]
    fn a_name_with_a_slash_is_no_namespace() {
        assert_ne!(Key::cluster("a/b"), Key::namespaced("a", "b"));
        assert_eq!(Key::cluster("a/b").name(), "a/b");
    }

    #[test]
    fn a_text_that_is_no_key_is_refused() {
        for text in ["", "/", "a/", "/b", "a/b/c"] {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
    }
}
