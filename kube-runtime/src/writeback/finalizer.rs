//! The mark that holds an object until its cleanup is done: an object in, the object with or without the mark out.
//!
//! Every change is bound to the version it was computed from, so that two writers of finalizers never lose each other's.

use std::sync::Arc;

use kube_core::Api;
use kube_core::ApiResource;
use kube_core::Patch;
use kube_core::Resource;
use kube_core::ResourceExt;
use kube_core::Result;
use serde_json::json;

use super::ATTEMPTS;
use super::Writer;
use super::mark;

/// The name of a controller's finalizer: in the group of its kind, or, as the built-in groups are not ours to name things in, in the controller's own.
pub(crate) fn name(controller: &str, resource: &ApiResource) -> String {
    match mark::users_group(resource) {
        Some(group) => format!("{group}/{controller}"),
        None => mark::name(controller, "cleanup", resource),
    }
}

/// Whether the object carries the finalizer.
pub(crate) fn is_on<K: Resource>(object: &K, finalizer: &str) -> bool {
    object.finalizers().iter().any(|present| present == finalizer)
}

/// Puts the finalizer on. `None`: the object is gone, or going, so that it is too late and nothing may be done for it.
pub(crate) async fn add<K: Resource>(
    writer: &Writer,
    object: Arc<K>,
    finalizer: &str,
) -> Result<Option<Arc<K>>> {
    let change = |present: &K| {
        let too_late = present.is_deleted() || is_on(present, finalizer);
        (!too_late).then(|| {
            let kept = present.finalizers().iter().map(String::as_str);
            kept.chain([finalizer]).map(ToOwned::to_owned).collect()
        })
    };
    let object = edit(writer, object, change).await?;
    Ok(object.filter(|object| !object.is_deleted()))
}

/// Takes the finalizer off. An object that is gone is as good as one without it.
pub(crate) async fn remove<K: Resource>(
    writer: &Writer,
    object: Arc<K>,
    finalizer: &str,
) -> Result<()> {
    let change = |present: &K| {
        is_on(present, finalizer).then(|| {
            let others = present.finalizers().iter().filter(|present| *present != finalizer);
            others.cloned().collect()
        })
    };
    edit(writer, object, change).await.map(drop)
}

/// Writes the finalizers that `change` wants, reading the live object again after a conflict. `None`: the object is gone.
async fn edit<K: Resource>(
    writer: &Writer,
    object: Arc<K>,
    change: impl Fn(&K) -> Option<Vec<String>>,
) -> Result<Option<Arc<K>>> {
    let api: Api<K> = writer.beside(&*object);
    let mut base = object;
    let mut attempt = 1;
    loop {
        let Some(finalizers) = change(&base) else { return Ok(Some(base)) };
        let patch = json!({
            "metadata": { "resourceVersion": base.resource_version(), "finalizers": finalizers },
        });
        let written = api.patch_whatever_is_allowed(base.name(), Patch::Merge(patch)).await;
        match written {
            Ok(written) => return Ok(Some(Arc::new(written))),
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) if error.is_conflict() && attempt < ATTEMPTS => {
                attempt += 1;
                match api.get(base.name()).await {
                    Ok(live) if live.uid() == base.uid() => base = Arc::new(live),
                    Ok(_) => return Ok(None),
                    Err(error) if error.is_not_found() => return Ok(None),
                    Err(error) => return Err(error),
                }
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::Deployment;
    use kube_core::Scope;

    use super::*;

    #[test]
    fn a_finalizer_is_named_in_a_group_that_is_the_users() {
        let own = ApiResource::of("shop.example.com", "v1", "Order", "orders", Scope::Namespaced);
        assert_eq!(name("orders", &own), "shop.example.com/orders");
        assert_eq!(name("scaler", &Deployment::RESOURCE), "scaler/cleanup");
    }
}
