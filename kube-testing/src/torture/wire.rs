//! Requests of a play in; answers as a process that lives, or whose caches are shown something else, would get them, out.

use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream;
use kube_core::Error;
use kube_core::ErrorKind;
use kube_core::Result;
use kube_core::request::Method;
use kube_core::request::Request;
use kube_core::request::Verb;
use kube_core::transport::Body;
use kube_core::transport::Headers;
use kube_core::transport::Response;
use kube_core::transport::Transport;
use serde_json::Value;
use serde_json::json;
use tokio::sync::watch;

use super::life::Life;
use super::life::View;
use super::place::Place;
use crate::transport::InProcess;

/// The longest list that a cache is shown.
const LONGEST: usize = 64 << 20;

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// The first process: when it has died, nothing is answered any more.
    First,
    /// The one after it.
    Next,
    /// The story.
    Story,
}

/// Carries the requests of one of them.
#[derive(Clone)]
pub(super) struct Wire {
    own: InProcess,
    life: Life,
    sender: Sender,
}

impl Wire {
    pub(super) fn new(own: InProcess, life: &Life, sender: Sender) -> Arc<Self> {
        Arc::new(Self { own, life: life.clone(), sender })
    }

    async fn carry(self, request: Request) -> Result<Response> {
        let answer = match request.method {
            _ if self.is_dead() => std::future::pending().await,
            _ if self.sender != Sender::Story && !self.life.asks() => std::future::pending().await,
            Method::Get if self.sender == Sender::Story => self.own.send(request).await,
            Method::Get if request.verb == Verb::Watch => self.watch(request).await,
            Method::Get => self.own.send(request).await,
            _ if self.sender == Sender::Next => self.own.send(request).await,
            _ => self.write(request).await,
        };
        // What was on its way when it died does not arrive.
        if self.is_dead() { std::future::pending().await } else { answer }
    }

    fn is_dead(&self) -> bool {
        self.sender == Sender::First && self.life.is_over()
    }

    async fn write(&self, request: Request) -> Result<Response> {
        let by_operator = self.sender == Sender::First;
        match self.life.begins(&request, by_operator, self.own.revision()) {
            Some(number) => {
                let answer = self.own.send(request).await;
                self.life.carried_out(number, self.own.revision());
                answer
            }
            None => std::future::pending().await,
        }
    }

    async fn watch(&self, request: Request) -> Result<Response> {
        let Some(Place { collection, .. }) = Place::of(&request) else {
            return self.own.send(request).await;
        };
        let view = self.life.view().borrow().clone();
        match view {
            View::Behind { collection: late, revision } if late == collection => {
                self.replay(request, collection, revision).await
            }
            View::Forgotten { collection: late, revision }
                if late == collection && asked(&request).is_some_and(|asked| asked < revision) =>
            {
                Ok(expired())
            }
            _ => {
                let mut answer = self.own.send(request).await?;
                let body = std::mem::replace(&mut answer.body, Body::empty());
                answer.body = Watching::of(body, self.life.view(), collection);
                Ok(answer)
            }
        }
    }

    /// The state of a past revision, and later all that followed.
    async fn replay(
        &self,
        mut request: Request,
        collection: String,
        revision: u64,
    ) -> Result<Response> {
        let streams = request.query.iter().any(|(name, _)| name == "sendInitialEvents");
        request.query.retain(|(name, _)| {
            !name.starts_with("resourceVersion") && name != "sendInitialEvents"
        });
        let mut pieces = Vec::new();
        if streams {
            let mut list = request.clone();
            let selects = |name: &str| matches!(name, "labelSelector" | "fieldSelector");
            list.query.retain(|(name, _)| selects(name));
            list.query.push(("resourceVersion".into(), revision.to_string()));
            list.query.push(("resourceVersionMatch".into(), "Exact".to_owned()));
            let listed = self.own.send(list).await?;
            if listed.status != 200 {
                return Ok(listed);
            }
            pieces = initial(&listed.body.collect(LONGEST).await?)?;
        }
        request.query.push(("resourceVersion".into(), revision.to_string()));
        let mut answer = self.own.send(request).await?;
        let body = std::mem::replace(&mut answer.body, Body::empty());
        let rest = Watching::of(body, self.life.view(), collection);
        answer.body = Body::from_stream(stream::iter(pieces.into_iter().map(Ok)).chain(rest));
        Ok(answer)
    }
}

impl Transport for Wire {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response>> {
        self.clone().carry(request).boxed()
    }

    fn describe(&self) -> String {
        self.own.describe()
    }
}

/// A watch that says nothing while its collection is withheld, and ends when what it did not say is forgotten.
struct Watching {
    body: Body,
    view: watch::Receiver<View>,
    collection: String,
}

impl Watching {
    fn of(body: Body, view: watch::Receiver<View>, collection: String) -> Body {
        let watching = Self { body, view, collection };
        Body::from_stream(stream::unfold(watching, Self::next))
    }

    async fn next(mut self) -> Option<(Result<Bytes>, Self)> {
        let mut withheld = false;
        loop {
            let view = self.view.borrow_and_update().clone();
            if view.withholds(&self.collection) {
                withheld = true;
                self.view.changed().await.ok()?;
                continue;
            }
            if withheld && matches!(view, View::Forgotten { .. }) {
                return None;
            }
            tokio::select! {
                biased;
                changed = self.view.changed() => changed.ok()?,
                piece = self.body.next() => return Some((piece?, self)),
            }
        }
    }
}

/// After which revision a watch wants to go on.
fn asked(request: &Request) -> Option<u64> {
    let is = |wanted: &str| request.query.iter().find(|(name, _)| name == wanted);
    if is("sendInitialEvents").is_some() {
        return None;
    }
    is("resourceVersion")?.1.parse().ok()
}

/// What a server says to who wants to go on from what it has forgotten.
fn expired() -> Response {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": "too old resource version", "reason": "Expired", "code": 410,
    });
    let mut headers = Headers::new();
    headers.push("content-type", "application/json");
    let body = stream::iter([Ok(Bytes::from(status.to_string()))]);
    Response::new(410, headers, Body::from_stream(body))
}

/// A list as the first events of a watch.
fn initial(list: &[u8]) -> Result<Vec<Bytes>> {
    let broken = |error| Error::new(ErrorKind::Decode, error);
    let mut list: Value = serde_json::from_slice(list).map_err(broken)?;
    let kind = list["kind"].as_str().unwrap_or_default().trim_end_matches("List").to_owned();
    let (version, revision) =
        (list["apiVersion"].take(), list["metadata"]["resourceVersion"].take());
    let event = |what: &str, object: Value| {
        Bytes::from(format!("{}\n", json!({ "type": what, "object": object })))
    };
    let items = list["items"].as_array_mut().map(std::mem::take).unwrap_or_default();
    let mut events = Vec::new();
    for mut item in items {
        item["kind"] = kind.clone().into();
        item["apiVersion"] = version.clone();
        events.push(event("ADDED", item));
    }
    let annotations = json!({ "k8s.io/initial-events-end": "true" });
    let metadata = json!({ "resourceVersion": revision, "annotations": annotations });
    let end = json!({ "kind": kind, "apiVersion": version, "metadata": metadata });
    events.push(event("BOOKMARK", end));
    Ok(events)
}
