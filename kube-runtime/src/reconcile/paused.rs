//! Objects that somebody took out of a controller's hands by an annotation: an object in, whether it is left alone out.
//!
//! Promises:
//! - A paused object is neither reconciled nor cleaned up after, whatever asks for it. A reconcile that runs already is not stopped.
//! - One that was passed over is reconciled when the annotation goes, also if a predicate hides that change.

use hashbrown::HashSet;
use kube_core::ApiResource;
use kube_core::Resource;
use kube_core::ResourceExt;
use parking_lot::Mutex;

use crate::flow::Key;

/// What an annotation has to say; anything else, and no annotation, pauses nothing.
const YES: &str = "true";

/// The objects of one controller that are paused.
#[derive(Debug)]
pub(crate) struct Paused {
    annotation: String,
    /// Those that the controller would have reconciled otherwise: at most one key for each object that is paused.
    passed: Mutex<HashSet<Key>>,
}

impl Paused {
    pub(crate) fn new(controller: &str, resource: &ApiResource) -> Self {
        Self { annotation: annotation(controller, resource), passed: Mutex::default() }
    }

    /// Whether the object says that it is paused.
    pub(crate) fn is_said_by<K: Resource>(&self, object: &K) -> bool {
        object.annotations().get(&self.annotation).is_some_and(|said| said == YES)
    }

    /// The object is passed over, now or again.
    pub(crate) fn pass_over(&self, key: &Key) {
        if self.passed.lock().insert(key.clone()) {
            tracing::debug!(annotation = self.annotation, "paused: it is not reconciled");
        }
    }

    /// Whether it was passed over and not reconciled since.
    pub(crate) fn has_passed(&self, key: &Key) -> bool {
        self.passed.lock().contains(key)
    }

    /// It is paused no longer, or gone.
    pub(crate) fn forget(&self, key: &Key) {
        self.passed.lock().remove(key);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.passed.lock().len()
    }
}

/// The annotation that pauses an object: in the group of its kind, so that it pauses it for all who work on it. The built-in groups are not ours
/// to name things in, and their objects belong to many: there it is in the controller's own name.
pub(crate) fn annotation(controller: &str, resource: &ApiResource) -> String {
    let group = resource.group.as_ref();
    if group.contains('.') && !group.ends_with(".k8s.io") {
        return format!("{group}/paused");
    }
    // What stands before the slash is a name of DNS.
    let plain = |c: char| match c.to_ascii_lowercase() {
        c if c.is_ascii_alphanumeric() || c == '.' => c,
        _ => '-',
    };
    let controller: String = controller.chars().map(plain).collect();
    format!("{}/paused", controller.trim_matches(['-', '.']))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::Deployment;
    use k8s_openapi::api::core::v1::ConfigMap;
    use k8s_openapi::api::networking::v1::Ingress;

    use super::*;
    use crate::shops::Shop;

    #[test]
    fn the_annotation_is_one_that_the_api_takes_and_that_is_ours_to_name() {
        for (resource, expected) in [
            (Shop::RESOURCE, "test.example.com/paused"),
            (Deployment::RESOURCE, "keep-shops/paused"),
            (ConfigMap::RESOURCE, "keep-shops/paused"),
            (Ingress::RESOURCE, "keep-shops/paused"),
        ] {
            assert_eq!(annotation("Keep_shops_", &resource), expected);
        }
    }
}
