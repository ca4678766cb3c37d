//! `ConversionReview` as the API server writes and reads it (`apiextensions.k8s.io/v1`): objects of one version in, the same in another out.
//!
//! Mirrors: kubernetes staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1/types.go

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use kube_core::Versions;
use kube_core::wire::decode;
use serde::Deserialize;
use serde_json::Value;
use serde_json::json;

const VERSION: &str = "apiextensions.k8s.io/v1";
const KIND: &str = "ConversionReview";
/// After so many objects others have their turn.
const AT_ONCE: usize = 32;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    api_version: String,
    kind: String,
    request: Option<Question>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Question {
    uid: String,
    #[serde(rename = "desiredAPIVersion")]
    desired: String,
    objects: Vec<Value>,
}

/// Where objects of this kind are converted.
pub(crate) fn path(versions: &Versions) -> String {
    format!("/convert/{}", versions.resource())
}

/// All objects in the version that is asked for, or why one of them cannot be: then the API server takes none.
///
/// # Errors
/// The body is no question.
pub(super) async fn answer(versions: &Versions, body: &[u8]) -> Result<Vec<u8>, String> {
    let asked: Asked = decode(body).map_err(|why| format!("the body is no {KIND}: {why}"))?;
    if asked.api_version != VERSION || asked.kind != KIND {
        let (version, kind) = (asked.api_version, asked.kind);
        return Err(format!("this webhook reads a {KIND} of {VERSION}, not a {kind} of {version}"));
    }
    let question = asked.request.ok_or_else(|| format!("the {KIND} has no request"))?;
    let to = question.desired.rsplit('/').next().unwrap_or_default();
    let mut converted = Vec::with_capacity(question.objects.len());
    let mut failed = None;
    for (place, object) in question.objects.iter().enumerate() {
        if place % AT_ONCE == AT_ONCE - 1 {
            tokio::task::yield_now().await;
        }
        match convert(versions, object, to) {
            Ok(object) => converted.push(object),
            Err(why) => {
                failed = Some(why);
                break;
            }
        }
    }
    let result = match failed {
        None => json!({ "status": "Success" }),
        Some(why) => {
            tracing::warn!("{why}");
            converted.clear();
            json!({ "status": "Failure", "message": why })
        }
    };
    let told = json!({
        "apiVersion": VERSION,
        "kind": KIND,
        "response": { "uid": question.uid, "convertedObjects": converted, "result": result },
    });
    Ok(serde_json::to_vec(&told).unwrap_or_default())
}

fn convert(versions: &Versions, object: &Value, to: &str) -> Result<Value, String> {
    let converted = catch_unwind(AssertUnwindSafe(|| versions.convert(object, to)));
    converted.map_or_else(
        |_| {
            let (kind, name) = (&versions.resource().kind, &object["metadata"]["name"]);
            Err(format!("a conversion of {kind} {name} to {to} panicked"))
        },
        |converted| converted.map_err(|error| error.to_string()),
    )
}
