//! One object: a target in; what is stored of it, in the version of the target, out.

use super::Target;
use crate::cluster::Cluster;
use crate::convert;
use crate::status::Failure;
use crate::store::Stored;
use std::sync::Arc;

/// The object, or a 404.
pub(crate) async fn get(cluster: &Cluster, target: &Target) -> Result<Arc<Stored>, Failure> {
    let found = cluster.store.get(&target.kind.resource, &target.namespace, &target.name);
    let live = found.ok_or_else(|| target.not_found())?;
    convert::fit(cluster, &target.kind, live).await
}
