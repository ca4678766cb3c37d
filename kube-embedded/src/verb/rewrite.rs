//! An object changed by the server itself: a function of its present state in, what it makes of that stored.

use super::{Target, view};
use crate::cluster::Cluster;
use crate::status::Failure;
use crate::store::Expect;
use serde_json::Value;

/// Stores what `change` makes of an object; if somebody is faster it is asked again. No webhook, no rule and no manager of fields hears of it.
///
/// # Errors
/// The object is not there, or `change` refuses.
pub(crate) async fn rewrite(
    cluster: &Cluster,
    target: &Target,
    dry_run: bool,
    change: &(dyn Fn(&mut Value) -> Result<(), Failure> + Sync),
) -> Result<(), Failure> {
    let (kind, key) = (&*target.kind, (target.namespace.as_str(), target.name.as_str()));
    loop {
        let live = super::get(cluster, target).await?;
        let mut object = view::view_value(kind, &live);
        change(&mut object)?;
        if dry_run {
            return Ok(());
        }
        let (encoded, facts) = view::stored_form(kind, &object);
        let expect = Expect::Revision(live.revision);
        if cluster.store.put(&kind.resource, key, expect, encoded, facts).is_ok() {
            return Ok(());
        }
    }
}
