//! One server for every fault: the embedded one behind a listener that takes its time, can spoil objects, and can fall silent.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream;
use http::Request;
use http::Response;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kube_embedded::Behaviours;
use kube_embedded::Body;
use kube_embedded::Server;
use serde_json::Value;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::spoil;

/// Whose requests are counted, and whom faults are for.
pub const WATCHER: &str = "watcher";
/// What every request takes, so that a hot loop takes time, too.
const LATENCY: Duration = Duration::from_millis(1);
/// No step of the paused clock is longer, so that what is on the wire is read before time goes on.
const STEP: Duration = Duration::from_millis(100);

/// Uids and versions of objects, by name.
pub type State = BTreeMap<String, (String, u64)>;

/// What happens to bytes on their way.
#[derive(Default)]
struct Wire {
    silences: AtomicU64,
    tokens_expired: AtomicBool,
    forgotten: AtomicU64,
    spoiled: Mutex<HashMap<String, Bytes>>,
}

impl Wire {
    fn has_expired(&self, query: &str) -> bool {
        let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name));
        if value("watch=").is_none() || value("sendInitialEvents=") == Some("true") {
            return value("continue=").is_some() && self.tokens_expired.load(Ordering::SeqCst);
        }
        let version = value("resourceVersion=").and_then(|version| version.parse::<u64>().ok());
        version.is_some_and(|version| version <= self.forgotten.load(Ordering::SeqCst))
    }

    fn pass(&self, bytes: Bytes) -> Bytes {
        let spoiled = self.spoiled.lock().expect("nobody panics in it");
        if spoiled.is_empty() { bytes } else { spoil::spoil(&bytes, &spoiled) }
    }
}

/// A server, and the one user who watches it over HTTP.
pub struct World {
    /// For faults, watches to be ended, and the journal.
    pub server: Server,
    /// Where the watcher finds it.
    pub url: String,
    /// As whom.
    pub token: String,
    /// From what chance comes, where it can be told.
    pub seed: u64,
    wire: Arc<Wire>,
    _serving: JoinSet<()>,
}

impl World {
    /// Listens on a port of this machine.
    pub async fn new(seed: u64) -> anyhow::Result<Self> {
        Self::with_history(seed, 100_000).await
    }

    /// The same with a server that remembers so many changes.
    pub async fn with_history(seed: u64, changes: usize) -> anyhow::Result<Self> {
        let server = Server::builder().seed(seed).behaviours(Behaviours::bare());
        let server = server.history(changes, 1 << 30).build();
        let token = server.user_token(WATCHER, &["system:masters"]);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let wire = Arc::<Wire>::default();
        let mut serving = JoinSet::new();
        serving.spawn(accept(listener, server.clone(), Arc::clone(&wire)));
        serving.spawn(async {
            let mut steps = tokio::time::interval(STEP);
            loop {
                steps.tick().await;
            }
        });
        Ok(Self { server, url, token, seed, wire, _serving: serving })
    }

    /// Nothing more comes of any answer that has begun; new requests are answered.
    pub fn fall_silent(&self) {
        self.wire.silences.fetch_add(1, Ordering::SeqCst);
    }

    /// From now on no watch can go on from a version that was before now.
    pub fn forget(&self) {
        self.wire.forgotten.store(self.server.revision(), Ordering::SeqCst);
    }

    /// From now on no list can go on where a page of it ended.
    pub fn expire_tokens(&self) {
        self.wire.tokens_expired.store(true, Ordering::SeqCst);
    }

    /// From now on these bytes stand for the ConfigMap of this name, in lists and watches.
    pub fn spoil(&self, name: &str, bytes: Bytes) {
        self.wire.spoiled.lock().expect("nobody panics in it").insert(name.to_owned(), bytes);
    }

    /// No bytes stand for it any more.
    pub fn mend(&self, name: &str) {
        self.wire.spoiled.lock().expect("nobody panics in it").remove(name);
    }

    /// Asks the server as its administrator, past the wire.
    pub async fn call(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let content_type = match method {
            "PATCH" => "application/merge-patch+json",
            _ => "application/json",
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.server.admin_token()))
            .header("content-type", content_type)
            .body(Bytes::from(serde_json::to_vec(body)?))?;
        let answer = self.server.handle(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?;
        let text = String::from_utf8_lossy(&body);
        anyhow::ensure!(status.is_success(), "{method} {path}: {status}: {text}");
        Ok(serde_json::from_slice(&body)?)
    }

    /// Makes a ConfigMap.
    pub async fn create(&self, name: &str) -> anyhow::Result<()> {
        let map = json!({ "metadata": { "name": name }, "data": { "value": "first" } });
        self.call("POST", MAPS, &map).await.map(drop)
    }

    /// Gives a ConfigMap a value.
    pub async fn change(&self, name: &str, value: &str) -> anyhow::Result<()> {
        let patch = json!({ "data": { "value": value } });
        self.call("PATCH", &format!("{MAPS}/{name}"), &patch).await.map(drop)
    }

    /// Deletes a ConfigMap.
    pub async fn delete(&self, name: &str) -> anyhow::Result<()> {
        self.call("DELETE", &format!("{MAPS}/{name}"), &json!({})).await.map(drop)
    }

    /// What is there.
    pub async fn there(&self) -> anyhow::Result<State> {
        let list = self.call("GET", MAPS, &Value::Null).await?;
        let items = list["items"].as_array().context("a list has items")?;
        items.iter().map(state).collect::<Option<_>>().context("an object has a name and a version")
    }

    /// What the watcher asked for: the verb, and of a list that goes on, `page`.
    pub fn asked(&self) -> Vec<String> {
        let journal = self.server.journal().into_iter();
        let theirs = journal.filter(|entry| entry.user == WATCHER);
        theirs
            .map(|entry| match entry.path.contains("continue=") {
                true => "page".to_owned(),
                false if entry.path.contains("sendInitialEvents=true") => "stream".to_owned(),
                false => entry.verb,
            })
            .collect()
    }

    /// How many whole lists it asked for: of the first page, or as a stream.
    pub fn lists(&self) -> usize {
        self.asked().iter().filter(|verb| ["list", "stream"].contains(&verb.as_str())).count()
    }
}

/// Where the ConfigMaps are.
const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn state(map: &Value) -> Option<(String, (String, u64))> {
    let text = |field: &str| map["metadata"][field].as_str();
    let version = text("resourceVersion")?.parse().ok()?;
    Some((text("name")?.to_owned(), (text("uid")?.to_owned(), version)))
}

/// Lets tokio's clock, which is paused, go on.
#[expect(clippy::disallowed_methods, reason = "the clock is paused, and this is what moves it")]
pub async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

async fn accept(listener: TcpListener, server: Server, wire: Arc<Wire>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(serve(stream, server.clone(), Arc::clone(&wire)));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, server: Server, wire: Arc<Wire>) {
    // Events are small and awaited: they must not be held back for company.
    let _ = stream.set_nodelay(true);
    let handler = service_fn(|request| answer(&server, &wire, request));
    // That a connection breaks is what this is for.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), handler).await;
}

async fn answer(
    server: &Server,
    wire: &Arc<Wire>,
    request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    pass(LATENCY).await;
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    if wire.has_expired(&query) {
        return Ok(expired());
    }
    let answer = server.handle(Request::from_parts(parts, body)).await;
    let mut answer = answer.map_err(|cut| io::Error::new(io::ErrorKind::ConnectionReset, cut))?;
    // What is spoiled has another length.
    answer.headers_mut().remove(http::header::CONTENT_LENGTH);
    if query.contains("watch=") {
        return Ok(answer.map(|body| events(body, Arc::clone(wire))));
    }
    // A long list comes in pieces, and is spoiled as a whole.
    let (parts, body) = answer.into_parts();
    Ok(Response::from_parts(parts, Body::whole(wire.pass(body.collect().await?))))
}

/// As a server says that it has forgotten where a list or a watch is to go on.
fn expired() -> Response<Body> {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": "too old resource version or continue token", "reason": "Expired", "code": 410,
    });
    let mut answer = Response::new(Body::whole(status.to_string()));
    *answer.status_mut() = http::StatusCode::GONE;
    let json = http::HeaderValue::from_static("application/json");
    answer.headers_mut().insert(http::header::CONTENT_TYPE, json);
    answer
}

/// The events as they arrive: nothing more of them after a silence began.
fn events(body: Body, wire: Arc<Wire>) -> Body {
    let begun = wire.silences.load(Ordering::SeqCst);
    Body::stream(stream::unfold((body, wire), move |(mut body, wire)| async move {
        let piece = body.next().await?;
        if wire.silences.load(Ordering::SeqCst) != begun {
            std::future::pending::<Infallible>().await;
        }
        Some((piece.map(|piece| wire.pass(piece)), (body, wire)))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_forgotten_is_refused_to_whoever_would_go_on_from_there_and_to_nobody_else() {
        let wire = Wire::default();
        assert!(!wire.has_expired("watch=true&resourceVersion=7"));
        assert!(!wire.has_expired("limit=500&continue=abc"));
        wire.forgotten.store(7, Ordering::SeqCst);
        wire.tokens_expired.store(true, Ordering::SeqCst);
        for (query, expired) in [
            ("watch=true&resourceVersion=7", true),
            ("watch=true&resourceVersion=8", false),
            ("watch=true&sendInitialEvents=true&resourceVersion=7", false),
            ("limit=500", false),
            ("limit=500&continue=abc", true),
        ] {
            assert_eq!(wire.has_expired(query), expired, "{query}");
        }
    }
}
