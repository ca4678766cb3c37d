//! What a webhook answers: an `AdmissionReview` in; what it allows, or what is wrong with it, out.

use crate::json;
use crate::status::Failure;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// An answer that can be used.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) allowed: bool,
    /// The bytes of a JSON patch; empty: none.
    pub(super) patch: Vec<u8>,
    pub(super) warnings: Vec<String>,
    /// The `Status` that explains a refusal.
    status: Value,
}

impl Answer {
    /// Reads the answer to the review `uid`.
    ///
    /// # Errors
    /// What is wrong with it, in the API server's words: what follows the name of the webhook.
    pub(super) fn of(
        answer: &Value,
        (version, uid): (&str, &str),
        mutating: bool,
    ) -> Result<Self, String> {
        check_type(answer)?;
        let response = &answer["response"];
        if !response.is_object() {
            return Err(invalid("webhook response was absent"));
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let patch = text(&response["patch"]);
        if version == "v1" {
            check(answer, uid, !patch.is_empty(), mutating).map_err(|why| invalid(&why))?;
            let type_ = response["patchType"].as_str().unwrap_or("JSONPatch");
            if type_ != "JSONPatch" {
                return Err(format!("unsupported patch type {}", json::quoted(type_)));
            }
        }
        let patch = if mutating { patch } else { String::new() };
        let warnings = response["warnings"].as_array().into_iter().flatten().map(text);
        Ok(Self {
            allowed: response["allowed"] == true,
            patch: STANDARD
                .decode(&patch)
                .map_err(|_| "failed to call webhook: illegal base64 data at input byte 0")?,
            warnings: warnings.collect(),
            status: response["status"].clone(),
        })
    }

    /// The refusal as it is told to the writer.
    pub(super) fn denial(&self, webhook: &str) -> Failure {
        let text = |member: &str| self.status[member].as_str().unwrap_or_default();
        let code = self.status["code"].as_u64().and_then(|code| u16::try_from(code).ok());
        let denied = format!("admission webhook {} denied the request", json::quoted(webhook));
        let message = match (text("message"), text("reason")) {
            ("", "") => format!("{denied} without explanation"),
            ("", why) | (why, _) => format!("{denied}: {why}"),
        };
        let failure = Failure::new(
            code.filter(|code| (400..600).contains(code)).unwrap_or(400),
            text("reason").to_owned(),
            message,
        );
        match self.status["details"].as_object() {
            Some(details) if !details.is_empty() => failure.with_details(details.clone()),
            _ => failure,
        }
    }
}

fn invalid(why: &str) -> String {
    format!("received invalid webhook response: {why}")
}

/// What names another kind is not even read.
fn check_type(answer: &Value) -> Result<(), String> {
    let text = |name: &str| answer[name].as_str().unwrap_or_default();
    match (text("apiVersion"), text("kind")) {
        ("" | "admission.k8s.io/v1" | "admission.k8s.io/v1beta1", "" | "AdmissionReview") => Ok(()),
        (version, kind) => Err(format!(
            "failed to call webhook: no kind \"{kind}\" is registered for version \"{version}\" in \
             scheme \"pkg/runtime/scheme.go:111\""
        )),
    }
}

/// The promises that version 1 of the review asks for.
fn check(answer: &Value, uid: &str, patched: bool, mutating: bool) -> Result<(), String> {
    let member = |name: &str| answer["response"][name].as_str();
    let own = member("uid").unwrap_or_default();
    if own != uid {
        let (uid, own) = (json::quoted(uid), json::quoted(own));
        return Err(format!("expected response.uid={uid}, got {own}"));
    }
    let text = |name: &str| answer[name].as_str().unwrap_or_default();
    let (version, kind) = (text("apiVersion"), text("kind"));
    if version != "admission.k8s.io/v1" || kind != "AdmissionReview" {
        let version =
            if version.contains('/') { version.to_owned() } else { format!("/{version}") };
        return Err(format!(
            "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got {version}, \
             Kind={kind}"
        ));
    }
    let type_ = member("patchType");
    match (mutating, patched, type_) {
        (true, true, None) => {
            Err("webhook returned response.patch but not response.patchType".to_owned())
        }
        (true, false, Some(_)) => {
            Err("webhook returned response.patchType but not response.patch".to_owned())
        }
        (true, true, Some("")) => {
            Err("webhook returned invalid response.patchType of \"\"".to_owned())
        }
        (false, true, _) => Err("validating webhook may not return response.patch".to_owned()),
        (false, _, Some(_)) => {
            Err("validating webhook may not return response.patchType".to_owned())
        }
        _ => Ok(()),
    }
}
