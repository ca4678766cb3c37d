//! For tests: a server of one object, and a journal of what it was asked. It keeps versions and refuses writes that are too late.

use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use kube_core::ApiResource;
use kube_core::Client;
use kube_core::HasStatus;
use kube_core::ObjectMeta;
use kube_core::Resource;
use kube_core::Result;
use kube_core::Scope;
use kube_core::request::Method;
use kube_core::request::Request;
use kube_core::transport::Body;
use kube_core::transport::Headers;
use kube_core::transport::Response;
use kube_core::transport::Transport;
use parking_lot::Mutex;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;

/// A kind with a status, and nothing that matters else.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shop {
    pub(crate) metadata: ObjectMeta,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<ShopStatus>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ShopStatus {
    #[serde(default)]
    pub(crate) ready: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

impl Resource for Shop {
    const RESOURCE: ApiResource =
        ApiResource::of("test.example.com", "v1", "Shop", "shops", Scope::Namespaced);

    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

impl HasStatus for Shop {
    type Status = ShopStatus;

    fn status(&self) -> Option<&ShopStatus> {
        self.status.as_ref()
    }

    fn status_mut(&mut self) -> &mut Option<ShopStatus> {
        &mut self.status
    }
}

/// The server; clones are the same one.
#[derive(Clone)]
pub(crate) struct OneObject {
    state: Arc<Mutex<State>>,
}

struct State {
    object: Option<Value>,
    version: u64,
    journal: Vec<String>,
    /// How many of the next writes come after somebody else's.
    overtaken: u32,
}

impl OneObject {
    /// A server that has the shop `prod/web`, with what `more` adds to it.
    pub(crate) fn with(more: Value) -> Self {
        let mut object = json!({
            "apiVersion": "test.example.com/v1",
            "kind": "Shop",
            "metadata": {
                "name": "web", "namespace": "prod", "uid": "u-1", "resourceVersion": "1",
            },
        });
        merge(&mut object, &more);
        let journal = Vec::new();
        let state = State { object: Some(object), version: 1, journal, overtaken: 0 };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    pub(crate) fn client(&self) -> Client {
        Client::over(Arc::new(self.clone())).with_field_manager("test")
    }

    /// The object as it is now, unless it is gone.
    pub(crate) fn object(&self) -> Option<Shop> {
        let object = self.state.lock().object.clone();
        object.map(|object| serde_json::from_value(object).unwrap())
    }

    /// What was asked since this was last asked, as `PATCH …/web/status`.
    pub(crate) fn journal(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().journal)
    }

    /// Somebody else writes first, so many times.
    pub(crate) fn overtake(&self, writes: u32) {
        self.state.lock().overtaken = writes;
    }

    /// Somebody else changes the object.
    pub(crate) fn change(&self, patch: &Value) {
        self.state.lock().change(patch);
    }

    pub(crate) fn remove(&self) {
        self.state.lock().object = None;
    }
}

impl State {
    fn change(&mut self, patch: &Value) {
        self.version += 1;
        let version = self.version.to_string();
        if let Some(object) = &mut self.object {
            merge(object, patch);
            object["metadata"]["resourceVersion"] = version.into();
        }
    }

    fn answer(&mut self, request: &Request) -> (u16, Value) {
        let path = request.path.rsplit("/shops/").next().unwrap_or_default().to_owned();
        self.journal.push(format!("{} {path}", request.method));
        if self.object.is_none() {
            return refusal(404, "NotFound");
        }
        if request.method == Method::Patch {
            if self.overtaken > 0 {
                self.overtaken -= 1;
                self.change(&json!({ "metadata": { "labels": { "overtaken": "yes" } } }));
            }
            let mut patch: Value = serde_json::from_slice(request.body.as_ref().unwrap()).unwrap();
            let object = self.object.as_ref().unwrap();
            let asked = patch["metadata"]["resourceVersion"].clone();
            if !asked.is_null() && asked != object["metadata"]["resourceVersion"] {
                return refusal(409, "Conflict");
            }
            if path.ends_with("/status") {
                patch = json!({ "status": patch["status"] });
            }
            self.change(&patch);
            let object = self.object.clone().unwrap();
            let metadata = &object["metadata"];
            let held = metadata["finalizers"].as_array().is_some_and(|held| !held.is_empty());
            if metadata["deletionTimestamp"].is_string() && !held {
                self.object = None;
            }
            return (200, object);
        }
        (200, self.object.clone().unwrap())
    }
}

fn refusal(code: u16, reason: &str) -> (u16, Value) {
    let body = json!({
        "kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": "no",
    });
    (code, body)
}

/// RFC 7386.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, value) in patch {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(name);
        } else {
            merge(&mut target[name.as_str()], value);
        }
    }
}

impl Transport for OneObject {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response>> {
        let (status, body) = self.state.lock().answer(&request);
        let body = Bytes::from(serde_json::to_vec(&body).unwrap());
        let body = Body::from_stream(futures::stream::iter([Ok(body)]));
        let headers = Headers::from_iter([("content-type", "application/json")]);
        async move { Ok(Response::new(status, headers, body)) }.boxed()
    }
}
