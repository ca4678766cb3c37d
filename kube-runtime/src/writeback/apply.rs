//! Server-side apply of an object that the reconciled one owns: owner and intent in, the live object out.

use kube_core::Apply;
use kube_core::Resource;
use kube_core::Result;

use super::Writer;
use super::owner;

/// Applies `object` under the controller's name, owned by `owner`. Fields that it asked for earlier and no longer asks for are removed.
pub(crate) async fn owned<K: Resource, A: Apply>(
    writer: &Writer,
    owner: &K,
    mut object: A,
) -> Result<A::Kind> {
    owner::adopt(owner, &mut object)?;
    let namespace = object.metadata().namespace.clone();
    let api = writer.client.api::<A::Kind>(<A::Kind as Resource>::RESOURCE, namespace.as_deref());
    api.apply(&object).force(true).await
}
