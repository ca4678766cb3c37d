//! Validating webhooks: a write in; nothing, or the first refusal, out.

use super::ask::ask;
use super::ask::concerned;
use super::hook::Hook;
use super::hook::VALIDATING;
use super::hook::hooks;
use crate::admission::Asked;
use crate::cluster::Cluster;
use crate::kind::Kind;
use crate::status::Failure;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use serde_json::Value;

/// Asks the validating webhooks about a write, all at once; `object` is `None` for a deletion.
///
/// # Errors
/// The first refusal to come, or the first webhook that failed and must not.
pub(crate) async fn validate(
    cluster: &Cluster,
    asked: &Asked<'_>,
    object: Option<&Value>,
) -> Result<(), Failure> {
    let hooks = hooks(cluster, &VALIDATING);
    let mut asking = FuturesUnordered::new();
    for hook in &hooks {
        if let Some(seen) = concerned(cluster, asked, hook, object).await? {
            asking.push(async move { ask_one(cluster, asked, hook, &seen, object).await });
        }
    }
    let mut first = Ok(());
    // All are heard: their warnings count, whoever refuses.
    while let Some(outcome) = asking.next().await {
        first = first.and(outcome);
    }
    first
}

async fn ask_one(
    cluster: &Cluster,
    asked: &Asked<'_>,
    hook: &Hook,
    seen: &Kind,
    object: Option<&Value>,
) -> Result<(), Failure> {
    let sent = asked.shown(cluster, seen, object).await?;
    match ask(cluster, asked, hook, seen, (sent.as_ref(), false)).await {
        Ok(_) => Ok(()),
        Err(trouble) => hook.judge(trouble),
    }
}
