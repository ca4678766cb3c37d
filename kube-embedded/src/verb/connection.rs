//! Connections to an object: webhooks and policies asked about their options.
//!
//! Differs: what a webhook makes of the options changes nothing.

use super::Target;
use crate::admission::{self, Asked, Operation, Review, Warned};
use crate::auth::User;
use crate::cluster::Cluster;
use crate::kind::Sub;
use crate::status::Failure;
use serde_json::Value;

/// Asks about a connection to the target's subresource; `shown` is the kind of its options.
///
/// # Errors
/// The first refusal.
pub(crate) async fn admit_connection(
    cluster: &Cluster,
    target: &Target,
    (user, warned): (&User, &Warned),
    shown: &'static str,
    mut options: Value,
) -> Result<(), Failure> {
    options["kind"] = shown.into();
    options["apiVersion"] = "v1".into();
    let review = Review {
        operation: Operation::Connect,
        kind: &target.kind,
        namespace: &target.namespace,
        name: &target.name,
        subresource: target.sub.as_ref().map(Sub::name),
        user,
        old: None,
    };
    let shown = Some(["", "v1", shown]);
    let asked = Asked { review, shown, dry_run: false, options: &Value::Null, warned };
    admission::mutate(cluster, &asked, Some(&mut options)).await?;
    admission::validate(cluster, &asked, Some(&options)).await
}
