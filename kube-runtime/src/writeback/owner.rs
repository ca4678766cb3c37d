//! Makes one object belong to another: owner and object in, the object with namespace and owner reference out.

use kube_core::ApiResource;
use kube_core::Apply;
use kube_core::Resource;
use kube_core::ResourceExt;

use super::error::WriteError;

/// Fills in what an owned object needs: the owner's namespace, where it says none, and the owner as its controller.
pub(super) fn adopt<K: Resource, A: Apply>(owner: &K, object: &mut A) -> Result<(), WriteError> {
    let resource = <A::Kind as Resource>::RESOURCE;
    let what = || resource.to_string();
    let metadata = object.metadata_mut();
    let name = metadata.name.clone().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| WriteError::NoName { what: what() })?;
    if resource.is_namespaced() && metadata.namespace.as_deref().unwrap_or_default().is_empty() {
        let Some(namespace) = owner.namespace() else {
            return Err(WriteError::NoNamespace { what: what(), name, owner: shown(owner) });
        };
        metadata.namespace = Some(namespace.to_owned());
    }
    if K::RESOURCE.is_namespaced() && !is_beside(owner, &resource, metadata.namespace.as_deref()) {
        return Err(WriteError::OutOfReach { what: what(), name, owner: shown(owner) });
    }
    let Some(reference) = owner.owner_reference(true) else {
        return Err(WriteError::NotStored { owner: shown(owner) });
    };
    let owners = metadata.owner_references.get_or_insert_default();
    let other = owners
        .iter()
        .find(|present| present.controller == Some(true) && present.uid != reference.uid);
    if let Some(other) = other {
        let other = format!("{} `{}`", other.kind, other.name);
        return Err(WriteError::OtherController { what: what(), name, other });
    }
    match owners.iter_mut().find(|present| present.uid == reference.uid) {
        Some(present) => present.controller = Some(true),
        None => owners.push(reference),
    }
    Ok(())
}

fn is_beside<K: Resource>(owner: &K, resource: &ApiResource, namespace: Option<&str>) -> bool {
    resource.is_namespaced() && namespace == owner.namespace()
}

fn shown<K: Resource>(owner: &K) -> String {
    format!("{} `{}`", K::RESOURCE, owner.name())
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ConfigMap;
    use k8s_openapi::api::core::v1::Namespace;
    use k8s_openapi::api::core::v1::Node;
    use k8s_openapi::api::core::v1::Pod;

    use super::*;

    fn stored<K: Resource + Default>(namespace: Option<&str>) -> K {
        let mut object = K::default();
        let metadata = Resource::metadata_mut(&mut object);
        metadata.name = Some("owner".into());
        metadata.namespace = namespace.map(Into::into);
        metadata.uid = Some("u-1".into());
        object
    }

    fn named<K: Resource + Default>(namespace: Option<&str>) -> K {
        let mut object = K::default();
        Resource::metadata_mut(&mut object).name = Some("child".into());
        Resource::metadata_mut(&mut object).namespace = namespace.map(Into::into);
        object
    }

    #[test]
    fn an_owned_object_gets_namespace_and_controller_once() {
        let owner: Pod = stored(Some("prod"));
        let mut child: ConfigMap = named(None);
        adopt(&owner, &mut child).unwrap();
        adopt(&owner, &mut child).unwrap();
        assert_eq!(child.namespace(), Some("prod"));
        let [reference] = child.owner_references() else { panic!("one reference") };
        assert_eq!((reference.kind.as_str(), reference.controller), ("Pod", Some(true)));
    }

    #[test]
    fn what_cannot_be_owned_is_refused_with_the_remedy() {
        let pod: Pod = stored(Some("prod"));
        let node: Node = stored(None);
        let elsewhere = adopt(&pod, &mut named::<ConfigMap>(Some("dev"))).unwrap_err();
        assert!(elsewhere.to_string().contains("`permissions(..)`"), "{elsewhere}");
        let cluster = adopt(&pod, &mut named::<Namespace>(None)).unwrap_err();
        assert!(cluster.to_string().contains("same namespace"), "{cluster}");
        let nowhere = adopt(&node, &mut named::<ConfigMap>(None)).unwrap_err();
        assert!(nowhere.to_string().contains("`metadata.namespace`"), "{nowhere}");
        adopt(&node, &mut named::<ConfigMap>(Some("dev"))).unwrap();
        let mut taken: ConfigMap = named(Some("prod"));
        taken.metadata.owner_references = node.owner_reference(true).map(|mut reference| {
            reference.uid = "u-2".into();
            vec![reference]
        });
        let taken = adopt(&pod, &mut taken).unwrap_err();
        assert!(taken.to_string().contains("another controller"), "{taken}");
    }
}
