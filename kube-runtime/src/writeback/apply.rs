//! Server-side apply of an object that the reconciled one owns: owner and intent in, the live object out.

use kube_core::Allows;
use kube_core::Apply;
use kube_core::Resource;
use kube_core::ResourceExt;
use kube_core::Result;
use kube_core::object::verb;

use super::Writer;
use super::owner;

/// Which version of an object the cache has.
pub(crate) struct Version {
    pub(crate) resource_version: String,
    pub(crate) generation: Option<i64>,
}

impl Version {
    /// Whether the live object is as the cached one. Where the server counts changes of the spec, those of others in the status do not matter.
    fn is_of<K: Resource>(&self, live: &K) -> bool {
        match (self.generation, Resource::metadata(live).generation) {
            (Some(before), Some(now)) => before == now,
            _ => live.resource_version() == Some(&self.resource_version),
        }
    }
}

/// Applies `object` under the controller's name, owned by `owner`. Fields that it asked for earlier and no longer asks for are removed.
///
/// `cached` tells what version the cache has, for the log: an apply that changes nothing is not worth a line.
pub(crate) async fn owned<K: Resource, A: Apply<Kind: Allows<verb::Patch>>>(
    writer: &Writer,
    owner: &K,
    mut object: A,
    cached: impl FnOnce(Option<&str>, &str) -> Option<Version>,
) -> Result<A::Kind> {
    let resource = <A::Kind as Resource>::RESOURCE;
    owner::adopt(owner, &mut object)?;
    let namespace = object.metadata().namespace.clone();
    let name = object.metadata().name.clone().unwrap_or_default();
    let before = cached(namespace.as_deref(), &name);
    let api = writer.client.api::<A::Kind>(resource.clone(), namespace.as_deref());
    let live = api.apply(&object).force(true).await?;
    match before {
        Some(before) if before.is_of(&live) => {
            tracing::trace!("{resource} `{name}` is as it should be");
        }
        Some(_) => tracing::info!("changed {resource} `{name}`"),
        None => tracing::info!("applied {resource} `{name}`"),
    }
    Ok(live)
}
