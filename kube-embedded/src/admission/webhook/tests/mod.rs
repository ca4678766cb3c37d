//! What admission webhooks promise, with webhooks that a script plays.

use crate::behaviour::Behaviours;
use crate::outbound::Answering;
use crate::outbound::Outbound;
use crate::outbound::OutboundCall;
use crate::outbound::OutboundError;
use crate::server::Server;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use parking_lot::Mutex;
use serde_json::Value;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

mod answers;
mod changes;
mod matching;

type Script = dyn Fn(&str, &Value) -> (Duration, Result<Value, OutboundError>) + Send + Sync;

/// Webhooks that answer by a script, after a while, and remember what they were asked.
struct Played {
    script: Box<Script>,
    asked: Mutex<Vec<(String, Value)>>,
}

impl std::fmt::Debug for Played {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Played")
    }
}

impl Outbound for Played {
    fn call(&self, call: OutboundCall) -> Answering<'_> {
        let request = call.body["request"].clone();
        let place = call.place.url();
        let path = place.strip_prefix("https://hook").unwrap_or(&place).to_owned();
        self.asked.lock().push((path.clone(), request.clone()));
        let (wait, answer) = (self.script)(&path, &request);
        Box::pin(async move {
            #[expect(clippy::disallowed_methods, reason = "the clock of the test is stopped")]
            tokio::time::sleep(wait).await;
            let mut response = answer?;
            response["uid"] = request["uid"].clone();
            let api_version = &call.body["apiVersion"];
            Ok(json!({"kind": "AdmissionReview", "apiVersion": api_version, "response": response}))
        })
    }
}

/// A server with webhooks that a script plays.
struct Setup {
    server: Server,
    played: Arc<Played>,
}

impl Setup {
    fn new(
        script: impl Fn(&str, &Value) -> Result<Value, OutboundError> + Send + Sync + 'static,
    ) -> Self {
        Self::slow(move |path, request| (Duration::ZERO, script(path, request)))
    }

    fn slow(
        script: impl Fn(&str, &Value) -> (Duration, Result<Value, OutboundError>)
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self::with(Behaviours::bare(), script)
    }

    fn with(
        behaviours: Behaviours,
        script: impl Fn(&str, &Value) -> (Duration, Result<Value, OutboundError>)
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let played = Arc::new(Played { script: Box::new(script), asked: Mutex::default() });
        let outbound = Arc::clone(&played);
        let server = Server::builder().seed(1).behaviours(behaviours).outbound(outbound).build();
        Self { server, played }
    }

    async fn send(&self, method: &str, uri: &str, body: Value) -> (u16, Value, Vec<String>) {
        let media = match method {
            "PATCH" => "application/merge-patch+json",
            "APPLY" => "application/apply-patch+yaml",
            _ => "application/json",
        };
        let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        let request = Request::builder()
            .method(if method == "APPLY" { "PATCH" } else { method })
            .uri(uri)
            .header("authorization", format!("Bearer {}", self.server.admin_token()))
            .header("content-type", media)
            .body(body)
            .unwrap();
        let response = self.server.handle(request).await.unwrap();
        let warnings = response.headers().get_all("warning").iter();
        let warnings = warnings.map(|value| value.to_str().unwrap().to_owned()).collect();
        let code = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap();
        (code, serde_json::from_slice(&bytes).unwrap(), warnings)
    }

    /// Registers webhooks for ConfigMaps: the `n`th of configuration `name` is at `/name/n`.
    async fn register(&self, mutating: bool, name: &str, changes: &[Value]) {
        let webhooks: Vec<Value> = changes
            .iter()
            .enumerate()
            .map(|(index, changes)| {
                let mut webhook = json!({
                    "name": format!("h{index}.{name}.com"),
                    "clientConfig": {"url": format!("https://hook/{name}/{index}")},
                    "sideEffects": "None",
                    "admissionReviewVersions": ["v1"],
                    "rules": [{"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"],
                        "resources": ["configmaps", "deployments/scale", "gadgets", "namespaces"]}],
                });
                for (member, value) in changes.as_object().unwrap() {
                    webhook[member] = value.clone();
                }
                webhook
            })
            .collect();
        let plural = if mutating {
            "mutatingwebhookconfigurations"
        } else {
            "validatingwebhookconfigurations"
        };
        let uri = format!("/apis/admissionregistration.k8s.io/v1/{plural}");
        let body = json!({"metadata": {"name": name}, "webhooks": webhooks});
        let (code, answer, _) = self.send("POST", &uri, body).await;
        assert_eq!(code, 201, "{answer}");
    }

    /// Where the calls so far went; they are not told twice.
    fn paths(&self) -> Vec<String> {
        self.requests().into_iter().map(|(path, _)| path).collect()
    }

    fn requests(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut *self.played.asked.lock())
    }
}

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn map(name: &str) -> Value {
    json!({"metadata": {"name": name}, "data": {"a": "1"}})
}

fn allowed() -> Value {
    json!({"allowed": true})
}

fn patch(operations: &Value) -> Value {
    let patch = STANDARD.encode(operations.to_string());
    json!({"allowed": true, "patchType": "JSONPatch", "patch": patch})
}
