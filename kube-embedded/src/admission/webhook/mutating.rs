//! Mutating webhooks: a write in, the write as they changed it out.

use super::ask::ask;
use super::ask::concerned;
use super::hook::Hook;
use super::hook::MUTATING;
use super::hook::Trouble;
use super::hook::hooks;
use super::patch::Unfit;
use super::patch::patched;
use crate::admission::Asked;
use crate::cluster::Cluster;
use crate::convert;
use crate::json;
use crate::kind::Kind;
use crate::status::Failure;
use serde_json::Value;
use std::collections::BTreeSet;

/// Asks the mutating webhooks about a write; whether they changed the object, which a deletion has none of.
///
/// # Errors
/// The first refusal, or the first webhook that failed and must not.
pub(crate) async fn mutate(
    cluster: &Cluster,
    asked: &Asked<'_>,
    mut object: Option<&mut Value>,
) -> Result<bool, Failure> {
    if asked.is_exempt() {
        return Ok(false);
    }
    let hooks = hooks(cluster, &MUTATING);
    let (mut ever, mut earlier, mut again) = (false, BTreeSet::new(), BTreeSet::new());
    for second in [false, true] {
        if second && again.is_empty() {
            break;
        }
        for (index, hook) in hooks.iter().enumerate() {
            let seen = concerned(cluster, asked, hook, object.as_deref()).await?;
            // Who was not asked before is not asked in the second round either.
            let Some(seen) = seen.filter(|_| !second || again.contains(&index)) else { continue };
            let changed = ask_one(cluster, asked, hook, &seen, object.as_deref_mut()).await?;
            if changed {
                ever = true;
                again.append(&mut earlier);
            }
            if hook.asks_again() {
                earlier.insert(index);
            }
        }
    }
    Ok(ever)
}

async fn ask_one(
    cluster: &Cluster,
    asked: &Asked<'_>,
    hook: &Hook,
    seen: &Kind,
    object: Option<&mut Value>,
) -> Result<bool, Failure> {
    let sent = asked.shown(cluster, seen, object.as_deref()).await?;
    let answer = match ask(cluster, asked, hook, seen, (sent.as_ref(), true)).await {
        Ok(answer) => answer,
        Err(trouble) => return hook.judge(trouble).map(|()| false),
    };
    if answer.patch.is_empty() {
        return Ok(false);
    }
    let (Some(object), Some(sent)) = (object, sent) else {
        return Err(Failure::internal(&format!(
            "admission webhook {} attempted to modify the object, which is not supported for this \
             operation",
            json::quoted(&hook.name)
        )));
    };
    let managers = sent.pointer("/metadata/managedFields").cloned();
    let patched = match patched(&sent, &answer.patch) {
        Ok(patched) => patched,
        Err(Unfit::Operation(why)) => return Err(Failure::internal(&why)),
        Err(Unfit::Undecodable(why)) => {
            let why = format!("received undecodable patch in webhook response: {why}");
            return hook.judge(Trouble::Call(why)).map(|()| false);
        }
    };
    let patched = completed(cluster, asked, seen, managers, patched).await?;
    let changed = patched != *object;
    *object = patched;
    Ok(changed)
}

/// What a patch made, checked and completed as a body is, in the request's version.
async fn completed(
    cluster: &Cluster,
    asked: &Asked<'_>,
    seen: &Kind,
    managers: Option<Value>,
    mut patched: Value,
) -> Result<Value, Failure> {
    if asked.shown.is_some() {
        return Ok(patched);
    }
    // Who owns what was noted before, and webhooks own nothing.
    if let (Some(metadata), Some(managers)) = (patched["metadata"].as_object_mut(), managers) {
        metadata.insert("managedFields".to_owned(), managers);
    }
    seen.shape(&mut patched).map_err(|error| Failure::internal(&error))?;
    seen.strategy.default(seen, &mut patched);
    convert::between(cluster, seen, asked.review.kind, patched).await
}
