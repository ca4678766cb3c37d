//! For tests: a server of shops, and a journal of what it was asked. It keeps versions, refuses writes that are too late, and can be followed.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream;
use kube_core::ApiResource;
use kube_core::Client;
use kube_core::Error;
use kube_core::ErrorKind;
use kube_core::HasStatus;
use kube_core::ObjectMeta;
use kube_core::Resource;
use kube_core::Result;
use kube_core::Scope;
use kube_core::request::Method;
use kube_core::request::Request;
use kube_core::request::Verb;
use kube_core::transport::Body;
use kube_core::transport::Headers;
use kube_core::transport::Response;
use kube_core::transport::Transport;
use parking_lot::Mutex;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;
use tokio::sync::watch;

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

impl<V> kube_core::Allows<V> for Shop {}

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
pub(crate) struct Shops {
    state: Arc<Mutex<State>>,
}

struct State {
    objects: BTreeMap<String, Value>,
    version: u64,
    journal: Vec<String>,
    requests: usize,
    /// How many of the next writes come after somebody else's.
    overtaken: u32,
    /// How many of the next writes are done and never answered.
    unanswered: u32,
    /// Everything that ever happened, for watches: version, type, object.
    log: Vec<(u64, &'static str, Value)>,
    /// How far watches may read the log.
    shown: watch::Sender<usize>,
    held: bool,
    forbidden: bool,
}

impl Shops {
    /// A server that has the shop `prod/web`, with what `more` adds to it.
    pub(crate) fn with(more: &Value) -> Self {
        let state = State {
            objects: BTreeMap::new(),
            version: 0,
            journal: Vec::new(),
            requests: 0,
            overtaken: 0,
            unanswered: 0,
            log: Vec::new(),
            shown: watch::Sender::new(0),
            held: false,
            forbidden: false,
        };
        let shops = Self { state: Arc::new(Mutex::new(state)) };
        shops.create("web", more);
        shops
    }

    pub(crate) fn client(&self) -> Client {
        Client::over(Arc::new(self.clone())).with_field_manager("test")
    }

    /// One more shop in `prod`.
    pub(crate) fn create(&self, name: &str, more: &Value) {
        let mut object = json!({
            "apiVersion": "test.example.com/v1",
            "kind": "Shop",
            "metadata": { "name": name, "namespace": "prod", "uid": format!("uid of {name}") },
        });
        merge(&mut object, more);
        self.state.lock().store(name, "ADDED", object);
    }

    /// A shop as it is now, unless it is gone.
    pub(crate) fn shop(&self, name: &str) -> Option<Shop> {
        let object = self.state.lock().objects.get(name).cloned();
        object.map(|object| serde_json::from_value(object).unwrap())
    }

    /// What was asked since this was last asked, as `PATCH web/status`; lists and watches are left out.
    pub(crate) fn journal(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().journal)
    }

    /// How many requests came, lists and watches with the others.
    pub(crate) fn requests(&self) -> usize {
        self.state.lock().requests
    }

    /// Somebody else writes first, so many times.
    pub(crate) fn overtake(&self, writes: u32) {
        self.state.lock().overtaken = writes;
    }

    /// The answers of so many writes are lost.
    pub(crate) fn lose_answers(&self, writes: u32) {
        self.state.lock().unanswered = writes;
    }

    /// Lists and watches are forbidden from now on.
    pub(crate) fn forbid_reading(&self) {
        self.state.lock().forbidden = true;
    }

    /// Watches show nothing new, or again everything.
    pub(crate) fn hold_watches(&self, held: bool) {
        let mut state = self.state.lock();
        state.held = held;
        state.show();
    }

    /// Somebody else changes a shop.
    pub(crate) fn change(&self, name: &str, patch: &Value) {
        self.state.lock().change(name, patch);
    }

    /// Somebody deletes a shop: at once, or when the last finalizer is gone.
    pub(crate) fn delete(&self, name: &str) {
        let deleted = json!({ "metadata": { "deletionTimestamp": "2026-01-01T00:00:00Z" } });
        self.state.lock().change(name, &deleted);
    }
}

impl State {
    fn store(&mut self, name: &str, event: &'static str, mut object: Value) -> Value {
        self.version += 1;
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        let metadata = &object["metadata"];
        let held = metadata["finalizers"].as_array().is_some_and(|held| !held.is_empty());
        if metadata["deletionTimestamp"].is_string() && !held {
            self.objects.remove(name);
            self.log.push((self.version, "DELETED", object.clone()));
        } else {
            self.objects.insert(name.to_owned(), object.clone());
            self.log.push((self.version, event, object.clone()));
        }
        self.show();
        object
    }

    fn show(&self) {
        if !self.held {
            self.shown.send_replace(self.log.len());
        }
    }

    fn change(&mut self, name: &str, patch: &Value) -> Value {
        let mut object = self.objects[name].clone();
        merge(&mut object, patch);
        self.store(name, "MODIFIED", object)
    }

    fn answer(&mut self, request: &Request) -> (u16, Value) {
        let Some((_, path)) = request.path.split_once("/shops/") else {
            let body = request.body.as_ref().map(|body| serde_json::from_slice(body).unwrap());
            let kind = request.path.rsplit('/').next().unwrap_or_default();
            self.journal.push(format!("{} {kind}", request.method));
            return (201, body.unwrap_or_default());
        };
        self.journal.push(format!("{} {path}", request.method));
        let name = path.split('/').next().unwrap_or_default();
        if !self.objects.contains_key(name) {
            return refusal(404, "NotFound");
        }
        if request.method != Method::Patch {
            return (200, self.objects[name].clone());
        }
        if self.overtaken > 0 {
            self.overtaken -= 1;
            self.change(name, &json!({ "metadata": { "labels": { "overtaken": "yes" } } }));
        }
        let mut patch: Value = serde_json::from_slice(request.body.as_ref().unwrap()).unwrap();
        let asked = &patch["metadata"]["resourceVersion"];
        if !asked.is_null() && *asked != self.objects[name]["metadata"]["resourceVersion"] {
            return refusal(409, "Conflict");
        }
        if path.ends_with("/status") {
            patch = json!({ "status": patch["status"] });
        }
        (200, self.change(name, &patch))
    }

    fn list(&self) -> Value {
        let items: Vec<&Value> = self.objects.values().collect();
        let version = self.version.to_string();
        json!({
            "apiVersion": "test.example.com/v1", "kind": "ShopList",
            "metadata": { "resourceVersion": version }, "items": items,
        })
    }

    /// What a watch sends: the present state if it asked for it, then the log.
    fn follow(&self, request: &Request, state: &Arc<Mutex<Self>>) -> Body {
        let asked = |name: &str| request.query.iter().find(|(known, _)| known == name);
        let initial = asked("sendInitialEvents").is_some_and(|(_, value)| value == "true");
        let since = asked("resourceVersion").and_then(|(_, version)| version.parse().ok());
        let mut first: Vec<Value> = Vec::new();
        let mut position = self.log.len();
        if initial {
            let added = |object: &Value| json!({ "type": "ADDED", "object": object });
            first.extend(self.objects.values().map(added));
            first.push(json!({ "type": "BOOKMARK", "object": {
                "apiVersion": "test.example.com/v1", "kind": "Shop",
                "metadata": {
                    "resourceVersion": self.version.to_string(),
                    "annotations": { "k8s.io/initial-events-end": "true" },
                },
            } }));
        } else if let Some(since) = since {
            position = self.log.iter().take_while(|(version, ..)| *version <= since).count();
        }
        let first = stream::iter(first.into_iter().map(|event| Ok(line(&event))));
        let shown = self.shown.subscribe();
        Body::from_stream(first.chain(rest(Arc::clone(state), shown, position)))
    }
}

/// The log from a position on, as far as it may be read.
fn rest(
    state: Arc<Mutex<State>>,
    shown: watch::Receiver<usize>,
    position: usize,
) -> impl futures::Stream<Item = Result<Bytes>> + Send + 'static {
    stream::unfold((state, shown, position), |(state, mut shown, position)| async move {
        shown.wait_for(|shown| *shown > position).await.ok()?;
        let (_, event, object) = state.lock().log[position].clone();
        let event = line(&json!({ "type": event, "object": object }));
        Some((Ok(event), (state, shown, position + 1)))
    })
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

fn line(event: &Value) -> Bytes {
    let mut line = serde_json::to_vec(event).unwrap();
    line.push(b'\n');
    line.into()
}

impl Transport for Shops {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response>> {
        let mut state = self.state.lock();
        state.requests += 1;
        let headers = Headers::from_iter([("content-type", "application/json")]);
        if request.verb == Verb::Watch && !state.forbidden {
            let body = state.follow(&request, &self.state);
            return async move { Ok(Response::new(200, headers, body)) }.boxed();
        }
        let (status, body) = match request.verb {
            Verb::List | Verb::Watch if state.forbidden => refusal(403, "Forbidden"),
            Verb::List => (200, state.list()),
            _ => state.answer(&request),
        };
        if request.verb.is_write() && status < 300 && state.unanswered > 0 {
            state.unanswered -= 1;
            let lost = Error::new(ErrorKind::Connection, "the connection broke");
            return async move { Err(lost) }.boxed();
        }
        let body = Bytes::from(serde_json::to_vec(&body).unwrap());
        let body = Body::from_stream(stream::iter([Ok(body)]));
        async move { Ok(Response::new(status, headers, body)) }.boxed()
    }
}
