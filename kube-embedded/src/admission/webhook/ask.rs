//! One webhook asked about one write: both in, its answer or the trouble with it out.

use super::Asked;
use super::answer::Answer;
use super::hook::Hook;
use super::hook::Trouble;
use super::request;
use crate::cluster::Cluster;
use crate::convert;
use crate::json;
use crate::kind::Kind;
use crate::outbound;
use crate::status::Failure;
use serde_json::Value;

/// Asks the webhook, which sees the write in the version of `seen`: `object` is of that version.
///
/// # Errors
/// It cannot be asked, its answer is none, or it refuses.
pub(super) async fn ask(
    cluster: &Cluster,
    asked: &Asked<'_>,
    hook: &Hook,
    seen: &Kind,
    (object, mutating): (Option<&Value>, bool),
) -> Result<Answer, Trouble> {
    if asked.dry_run && !hook.allows_dry_run() {
        let name = json::quoted(&hook.name);
        let message = format!("admission webhook {name} does not support dry run");
        return Err(Trouble::Refused(Failure::bad_request(message)));
    }
    let Some(version) = hook.review_version() else {
        let why = "could not create admission objects: webhook does not accept known \
                   AdmissionReview versions (v1, v1beta1)";
        return Err(Trouble::Call(why.to_owned()));
    };
    let mut converted = None;
    if let Some(old) = asked.review.old {
        converted = Some(shown(cluster, asked, seen, old.clone()).await.map_err(Trouble::Refused)?);
    }
    let uid = cluster.uid();
    let review = request::review(asked, (version, &uid), seen, (object, converted.as_ref()));
    let call = hook
        .call(review)
        .map_err(|why| Trouble::Call(format!("could not get REST client: {why}")))?;
    let answer = outbound::call(cluster.outbound.as_ref(), call)
        .await
        .map_err(|why| Trouble::Call(format!("failed to call webhook: {why}")))?;
    let answer = Answer::of(&answer, (version, &uid), mutating).map_err(Trouble::Call)?;
    for warning in &answer.warnings {
        asked.warned.add(warning.clone());
    }
    if answer.allowed { Ok(answer) } else { Err(Trouble::Refused(answer.denial(&hook.name))) }
}

/// An object of the request's version as one of `seen`.
///
/// # Errors
/// It cannot be converted.
pub(super) async fn shown(
    cluster: &Cluster,
    asked: &Asked<'_>,
    seen: &Kind,
    object: Value,
) -> Result<Value, Failure> {
    match asked.shown {
        // A Scale is the same in every version.
        Some(_) => Ok(object),
        None => convert::between(cluster, asked.review.kind, seen, object).await,
    }
}
