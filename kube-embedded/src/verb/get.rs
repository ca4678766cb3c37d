//! One object: a target in, what is stored of it out.

use super::Target;
use crate::cluster::Cluster;
use crate::status::Failure;
use crate::store::Stored;
use std::sync::Arc;

/// The object, or a 404.
pub(crate) fn get(cluster: &Cluster, target: &Target) -> Result<Arc<Stored>, Failure> {
    cluster
        .store
        .get(&target.kind.resource, &target.namespace, &target.name)
        .ok_or_else(|| target.not_found())
}
