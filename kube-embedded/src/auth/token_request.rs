//! `serviceaccounts/token`: a TokenRequest in, the same with a token out.

use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use super::BoundObject;
use super::LiveObjects;
use super::ServiceAccountClaims;
use super::Tokens;
use super::token::ISSUER;
use crate::schema::FieldError;
use crate::status::Failure;
use crate::status::ResourceName;

const GROUP: &str = "authentication.k8s.io";
const SHORTEST: i64 = 600;
const LONGEST: i64 = 1 << 32;

/// Answers a TokenRequest for a live ServiceAccount.
pub(crate) fn token_request(
    tokens: &Tokens,
    account: &Value,
    body: &Value,
    now: Timestamp,
    live: LiveObjects<'_>,
) -> Result<Value, Failure> {
    let text = |member: &str| account["metadata"][member].as_str().unwrap_or_default().to_owned();
    let (namespace, name, uid) = (text("namespace"), text("name"), text("uid"));
    let seconds = body.pointer("/spec/expirationSeconds").and_then(Value::as_i64).unwrap_or(3600);
    check_seconds(seconds)?;
    let audiences: Vec<String> = match body.pointer("/spec/audiences").and_then(Value::as_array) {
        Some(asked) if !asked.is_empty() => {
            asked.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => vec![ISSUER.to_owned()],
    };
    let reference = &body["spec"]["boundObjectRef"];
    let bound =
        if reference.is_null() { None } else { Some(bound_object(reference, &namespace, live)?) };
    let claims = ServiceAccountClaims {
        namespace: namespace.clone(),
        name: name.clone(),
        uid: uid.clone(),
        audiences: audiences.clone(),
        bound,
    };
    let issued = tokens.issue(claims, seconds, now);
    let second = |stamp: Timestamp| stamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    Ok(json!({
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": uid,
            "creationTimestamp": second(now),
        },
        "spec": {
            "audiences": audiences,
            "expirationSeconds": seconds,
            "boundObjectRef": reference,
        },
        "status": { "token": issued.token, "expirationTimestamp": second(issued.expires) },
    }))
}

fn check_seconds(seconds: i64) -> Result<(), Failure> {
    let why = if seconds < SHORTEST {
        "may not specify a duration less than 10 minutes"
    } else if seconds > LONGEST {
        "may not specify a duration larger than 2^32 seconds"
    } else {
        return Ok(());
    };
    let error = FieldError::invalid("spec.expirationSeconds", &json!(seconds), why);
    Err(Failure::invalid(GROUP, "TokenRequest", "", &[error]))
}

fn bound_object(
    reference: &Value,
    namespace: &str,
    live: LiveObjects<'_>,
) -> Result<BoundObject, Failure> {
    let text = |member: &str| reference[member].as_str().unwrap_or_default();
    let (version, kind, name) = (text("apiVersion"), text("kind"), text("name"));
    let resource = match (version, kind) {
        ("v1", "Pod") => "pods",
        ("v1", "Secret") => "secrets",
        ("v1", "Node") => "nodes",
        _ => {
            let (group, version) = version.split_once('/').unwrap_or(("", version));
            let what = format!("{group}/{version}, Kind={kind}");
            return Err(Failure::bad_request(format!(
                "cannot bind token to object of type {what}"
            )));
        }
    };
    let place = if resource == "nodes" { "" } else { namespace };
    let about = ResourceName { group: "", plural: resource };
    let Some(uid) = live(resource, place, name) else {
        return Err(Failure::not_found(about, name));
    };
    let asked = text("uid");
    if !asked.is_empty() && asked != uid {
        let why = format!(
            "the UID in the bound object reference ({asked}) does not match the UID in record. \
             The object might have been deleted and then recreated"
        );
        return Err(Failure::conflict(about, name, &why));
    }
    Ok(BoundObject { resource: resource.to_owned(), name: name.to_owned(), uid })
}
