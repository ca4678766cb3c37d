//! One webhook asked about one write: both in, its answer or the trouble with it out.

use super::answer::Answer;
use super::hook::Hook;
use super::hook::Trouble;
use crate::admission::Asked;
use crate::admission::conditions::Clerk;
use crate::admission::request;
use crate::cluster::Cluster;
use crate::json;
use crate::kind::Kind;
use crate::outbound;
use crate::status::Failure;
use kube_rules::Subject;
use serde_json::Value;
use std::sync::Arc;

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
    let converted = asked.shown(cluster, seen, asked.review.old).await.map_err(Trouble::Refused)?;
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

/// The version of its kind in which a webhook is asked about a write; `None`: it is not.
///
/// # Errors
/// Nobody can say whether it is to be asked.
pub(super) async fn concerned(
    cluster: &Cluster,
    asked: &Asked<'_>,
    hook: &Hook,
    object: Option<&Value>,
) -> Result<Option<Arc<Kind>>, Failure> {
    let Some(seen) = hook.constraint.version_for(cluster, asked, object)? else { return Ok(None) };
    let Some(conditions) = hook.conditions() else { return Ok(Some(seen)) };
    let object = asked.shown(cluster, &seen, object).await?.unwrap_or_default();
    let old = asked.shown(cluster, &seen, asked.review.old).await?.unwrap_or_default();
    let mut said = request::request(asked, &seen);
    said["resource"] = request::resource(asked.review.kind);
    let clerk = Clerk::new(cluster, asked.review.user);
    let subject = Subject::new(&said).object(&object).old(&old).authorizer(&clerk);
    match conditions.met(&subject) {
        Ok(met) => Ok(met.then_some(seen)),
        Err(why) => Err(Failure::forbidden(asked.review.kind.name(), asked.review.name, &why)),
    }
}
