//! What a webhook is asked, and a policy sees: a write in, an `AdmissionReview` out.

use super::asked::Asked;
use crate::kind::Kind;
use serde_json::Value;
use serde_json::json;

/// The review of a write for a webhook that sees it in the version of `seen`.
pub(super) fn review(
    asked: &Asked<'_>,
    (version, uid): (&str, &str),
    seen: &Kind,
    (object, old): (Option<&Value>, Option<&Value>),
) -> Value {
    let mut request = request(asked, seen);
    request["uid"] = uid.into();
    request["object"] = json!(object);
    request["oldObject"] = json!(old);
    json!({
        "kind": "AdmissionReview",
        "apiVersion": format!("admission.k8s.io/{version}"),
        "request": request,
    })
}

/// What is said of a write beside the objects, seen in the version of `seen`.
pub(super) fn request(asked: &Asked<'_>, seen: &Kind) -> Value {
    let own = asked.review.kind;
    let mut request = json!({
        "kind": kind(asked, seen),
        "resource": resource(seen),
        "requestKind": kind(asked, own),
        "requestResource": resource(own),
        "operation": asked.operation(),
        "userInfo": asked.review.user.info(),
        "dryRun": asked.dry_run,
        "options": asked.options,
    });
    let texts = [
        ("name", asked.review.name),
        ("namespace", asked.namespace()),
        ("subResource", asked.subresource()),
        ("requestSubResource", asked.subresource()),
    ];
    for (member, text) in texts {
        if !text.is_empty() {
            request[member] = text.into();
        }
    }
    request
}

fn kind(asked: &Asked<'_>, kind: &Kind) -> Value {
    match asked.shown {
        Some([group, version, name]) => json!({"group": group, "version": version, "kind": name}),
        None => json!({"group": kind.group, "version": kind.version, "kind": kind.kind}),
    }
}

pub(super) fn resource(kind: &Kind) -> Value {
    json!({"group": kind.group, "version": kind.version, "resource": kind.plural})
}
