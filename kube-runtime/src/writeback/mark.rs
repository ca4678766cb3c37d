//! What a controller's marks on objects are called: controller, purpose and kind in, a qualified name out.

use kube_core::ApiResource;

/// The group of the kind says whose mark it is; the built-in groups are not ours to name things in, so there it is the controller's own name.
pub(crate) fn name(controller: &str, purpose: &str, resource: &ApiResource) -> String {
    match users_group(resource) {
        Some(group) => format!("{group}/{purpose}"),
        None => format!("{}/{purpose}", domain(controller)),
    }
}

/// The group of a kind, when things may be named in it.
pub(super) fn users_group(resource: &ApiResource) -> Option<&str> {
    let group = resource.group.as_ref();
    (group.contains('.') && !group.ends_with(".k8s.io")).then_some(group)
}

/// A controller's name as one of DNS, which is all that may stand before the slash.
fn domain(controller: &str) -> String {
    let plain = |c: char| match c.to_ascii_lowercase() {
        c if c.is_ascii_alphanumeric() || c == '.' => c,
        _ => '-',
    };
    let name: String = controller.chars().map(plain).collect();
    name.trim_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::Deployment;
    use k8s_openapi::api::core::v1::ConfigMap;
    use k8s_openapi::api::networking::v1::Ingress;
    use kube_core::Resource;

    use super::*;
    use crate::shops::Shop;

    #[test]
    fn a_mark_is_called_as_the_api_takes_it_and_as_it_is_ours_to_call_it() {
        for (resource, expected) in [
            (Shop::RESOURCE, "test.example.com/paused"),
            (Deployment::RESOURCE, "keep-shops/paused"),
            (ConfigMap::RESOURCE, "keep-shops/paused"),
            (Ingress::RESOURCE, "keep-shops/paused"),
        ] {
            assert_eq!(name("Keep_shops_", "paused", &resource), expected);
        }
    }
}
