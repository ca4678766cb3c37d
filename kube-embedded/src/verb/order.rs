//! What is done to an object and not stored itself, a Binding or an Eviction: webhooks and policies asked about it.

use super::{Options, Target};
use crate::admission::{self, Asked, Operation, Review};
use crate::cluster::Cluster;
use crate::kind::Sub;
use crate::status::Failure;
use serde_json::Value;

/// Asks about an order to the target's subresource; `shown` is its group, version and kind.
///
/// # Errors
/// The first refusal.
pub(crate) async fn admit_order(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    shown: [&'static str; 3],
    order: &mut Value,
) -> Result<(), Failure> {
    let review = Review {
        operation: Operation::Create,
        kind: &target.kind,
        namespace: &target.namespace,
        name: &target.name,
        subresource: target.sub.as_ref().map(Sub::name),
        user: &options.user,
        old: None,
    };
    let (told, dry_run, warned) = (options.told("CreateOptions"), options.dry_run, &options.warned);
    let asked = Asked { review, shown: Some(shown), dry_run, options: &told, warned };
    admission::mutate(cluster, &asked, Some(order)).await?;
    admission::validate(cluster, &asked, Some(order)).await
}
