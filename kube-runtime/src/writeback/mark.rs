//! What a controller's marks on objects are called: controller, purpose and kind in, a qualified name out.

use kube_core::ApiResource;

/// The group of the kind says whose mark it is; the built-in groups are not ours to name things in, so there it is the controller's own name.
pub(crate) fn name(controller: &str, purpose: &str, resource: &ApiResource) -> String {
    match users_group(resource) {
        Some(group) => format!("{group}/{purpose}"),
        None => format!("{controller}/{purpose}"),
    }
}

/// The group of a kind, when things may be named in it.
pub(super) fn users_group(resource: &ApiResource) -> Option<&str> {
    let group = resource.group.as_ref();
    (group.contains('.') && !group.ends_with(".k8s.io")).then_some(group)
}
