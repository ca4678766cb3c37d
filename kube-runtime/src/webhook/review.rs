//! `AdmissionReview` as the API server writes and reads it (`admission.k8s.io/v1`): bytes in and bytes out.
//!
//! Mirrors: kubernetes staging/src/k8s.io/api/admission/v1/types.go

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube_core::wire::decode;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::change::User;
use super::verdict::Verdict;

const VERSION: &str = "admission.k8s.io/v1";
const KIND: &str = "AdmissionReview";

/// What is asked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Question {
    pub(crate) uid: String,
    pub(crate) operation: String,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) namespace: Option<String>,
    #[serde(default)]
    pub(crate) sub_resource: Option<String>,
    #[serde(default)]
    pub(crate) user_info: User,
    #[serde(default)]
    pub(crate) object: Option<Box<RawValue>>,
    #[serde(default)]
    pub(crate) old_object: Option<Box<RawValue>>,
    #[serde(default)]
    pub(crate) dry_run: Option<bool>,
    #[serde(default)]
    pub(crate) options: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    api_version: String,
    kind: String,
    request: Option<Question>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    api_version: &'a str,
    kind: &'a str,
    response: Response<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    uid: &'a str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<String>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
}

/// Reads the question; what it says when it is none is for the API server's log.
pub(crate) fn question(body: &[u8]) -> Result<Question, String> {
    let asked: Asked = decode(body).map_err(|why| format!("the body is no {KIND}: {why}"))?;
    if asked.api_version != VERSION || asked.kind != KIND {
        let (version, kind) = (asked.api_version, asked.kind);
        return Err(format!("this webhook reads a {KIND} of {VERSION}, not a {kind} of {version}"));
    }
    asked.request.ok_or_else(|| format!("the {KIND} has no request"))
}

/// Writes the answer; an empty patch is none.
pub(crate) fn answer(uid: &str, verdict: &Verdict, patch: &json_patch::Patch) -> Vec<u8> {
    let allowed = verdict.denied().is_none();
    let patch = (allowed && !patch.0.is_empty())
        .then(|| STANDARD.encode(serde_json::to_vec(patch).unwrap_or_default()));
    let told = Told {
        api_version: VERSION,
        kind: KIND,
        response: Response {
            uid,
            allowed,
            status: verdict.denied().map(super::verdict::Denied::status),
            patch_type: patch.is_some().then_some("JSONPatch"),
            patch,
            warnings: verdict.warnings(),
        },
    };
    serde_json::to_vec(&told).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::webhook::Denied;

    #[test]
    fn an_answer_is_byte_for_byte_what_the_api_server_reads() {
        let told = |verdict: &Verdict, patch: Value| {
            let patch = serde_json::from_value(patch).unwrap();
            String::from_utf8(answer("u-1", verdict, &patch)).unwrap()
        };
        assert_eq!(
            told(&Verdict::allow(), json!([])),
            r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u-1","allowed":true}}"#
        );
        let one = json!([{ "op": "add", "path": "/spec/a", "value": 1 }]);
        assert_eq!(
            told(&Verdict::allow().warn("soon gone"), one.clone()),
            r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u-1","allowed":true,"patchType":"JSONPatch","patch":"W3sib3AiOiJhZGQiLCJwYXRoIjoiL3NwZWMvYSIsInZhbHVlIjoxfV0=","warnings":["soon gone"]}}"#
        );
        assert_eq!(
            told(&Verdict::from(Denied::because("not today").code(422)), one),
            r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u-1","allowed":false,"status":{"code":422,"message":"not today"}}}"#
        );
    }

    #[test]
    fn what_is_no_review_is_refused_with_what_it_is() {
        for (body, said) in [
            ("[]", "the body is no AdmissionReview: "),
            (r#"{"apiVersion":"v1","kind":"Pod"}"#, "not a Pod of v1"),
            (r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}"#, "has no request"),
        ] {
            let error = question(body.as_bytes()).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
