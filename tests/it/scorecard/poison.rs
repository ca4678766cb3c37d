//! Twenty-five ways in which an object can be broken, each on one of 2,500 objects: the others are served, and each is told, mended and deleted as it should.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use futures::FutureExt as _;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube_core::Request;
use kube_core::ResourceExt as _;
use kube_core::Verb;
use kube_core::transport::Body;
use kube_core::transport::Response;
use kube_core::transport::Transport;
use kube_embedded::Ending;
use kube_runtime::clock::Seed;
use kube_runtime::flow::Key;
use kube_runtime::informer::Gone;
use kube_runtime::informer::InformerHandle;
use kube_runtime::informer::Informers;
use kube_runtime::prelude::*;
use kube_runtime::reflector::Settings;
use kube_testing::__private::run;
use kube_testing::Cluster;
use kube_testing::InProcess;
use serde_json::Value;
use serde_json::json;

use super::heard::Heard;
use super::seeds;

/// In `HEAD` and `META` there is who it is and which version. `TEXT` is a string of 20 MB.
const WAYS: [&[u8]; 25] = [
    br#"{HEAD,"data":{"a":NaN}}"#,
    br#"{HEAD,"data":{"a":1.}}"#,
    br#"{HEAD,"data":{"a":tru}}"#,
    br#"{HEAD,"data":{"a":"\x"}}"#,
    br#"{HEAD,"data":{"a":"\ud800"}}"#,
    b"{HEAD,\"data\":{\"a\":\"\x01\"}}",
    br#"{HEAD,"data":{"a":"b",}}"#,
    br#"{HEAD,"data":{"a" "b"}}"#,
    br#"{HEAD,"data":{a:"b"}}"#,
    b"{HEAD,\"data\":{\"a\":\"\xff\xfe\"}}",
    br#"{HEAD,HEAD}"#,
    br#"{"metadata":{META,"name":"again"}}"#,
    br#"{"metadata":{META,"generation":"seven"}}"#,
    br#"{"metadata":{META,"finalizers":{"a":1}}}"#,
    br#"{"metadata":{META,"ownerReferences":[{"kind":"A"}]}}"#,
    br#"{HEAD,"data":{"a":"TEXT"}}"#,
    br#"{HEAD,"data":7}"#,
    br#"{HEAD,"data":{"a":7}}"#,
    br#"{HEAD,"data":DEEP}"#,
    br#"{HEAD,"immutable":"yes"}"#,
    br#"{"metadata":null}"#,
    br#"{"metadata":{"namespace":"default"},"data":{}}"#,
    br#"null"#,
    br#"[{"name":"none"}]"#,
    b"{\"metadata\":{\"name\":\"\xc3\x28\"}}",
];
/// So many of them still say who they are.
const NAMED: usize = 20;

const OBJECTS: usize = 2_500;
/// How long the wire may take for all that waits.
const SOON: Duration = Duration::from_secs(60);

fn broken(way: usize, object: &Value) -> Vec<u8> {
    let of = |member: &str| object["metadata"][member].to_string();
    let meta = format!(
        r#""name":{},"namespace":{},"uid":{},"resourceVersion":{}"#,
        of("name"),
        of("namespace"),
        of("uid"),
        of("resourceVersion")
    );
    let deep = format!("{}1{}", r#"{"x":"#.repeat(200), "}".repeat(200));
    let head = format!(r#""metadata":{{{meta}}}"#);
    let marks = [("HEAD", &*head), ("META", &*meta), ("DEEP", &*deep)];
    let mut json = WAYS[way].to_vec();
    for (mark, text) in marks {
        while let Some(at) = json.windows(4).position(|window| window == mark.as_bytes()) {
            json.splice(at..at + 4, text.bytes());
        }
    }
    if let Some(at) = json.windows(4).position(|window| window == b"TEXT") {
        let rest = json.split_off(at);
        json.resize(at + (20 << 20), b'x');
        json.extend_from_slice(&rest[4..]);
    }
    json
}

/// Which objects come broken, by their names, and how.
type Broken = Arc<Mutex<BTreeMap<String, usize>>>;

/// A wire on which some ConfigMaps come broken.
#[derive(Clone)]
struct Wire {
    server: InProcess,
    broken: Broken,
}

impl Wire {
    fn object(&self, object: &Value) -> Vec<u8> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let way = self.broken.lock().unwrap().get(name).copied();
        way.map_or_else(|| object.to_string().into_bytes(), |way| broken(way, object))
    }

    fn list(&self, list: &[u8]) -> Vec<u8> {
        let mut list: Value = serde_json::from_slice(list).unwrap();
        let Some(items) = list.get_mut("items").map(Value::take) else {
            return list.to_string().into_bytes();
        };
        let items = items.as_array().unwrap().iter().map(|item| self.object(item));
        let items = items.collect::<Vec<_>>().join(&b","[..]);
        list["items"] = json!([]);
        let list = list.to_string();
        let (before, after) = list.split_once("\"items\":[").unwrap();
        [before.as_bytes(), b"\"items\":[", &items, after.as_bytes()].concat()
    }

    fn event(&self, line: &[u8]) -> Vec<u8> {
        let event: Value = serde_json::from_slice(line).unwrap();
        let type_ = event["type"].as_str().unwrap();
        if !["ADDED", "MODIFIED", "DELETED"].contains(&type_) {
            return line.to_vec();
        }
        let object = self.object(&event["object"]);
        let start = format!(r#"{{"type":"{type_}","object":"#);
        [start.as_bytes(), &object, b"}\n"].concat()
    }
}

impl Transport for Wire {
    fn send(&self, request: Request) -> BoxFuture<'static, kube_core::Result<Response>> {
        let maps = request.path.ends_with("/configmaps");
        let (watch, list) = (request.verb == Verb::Watch, request.verb == Verb::List);
        let (answer, wire) = (self.server.send(request), self.clone());
        async move {
            let mut answer = answer.await?;
            let body = if maps && list && answer.status == 200 {
                let mut whole = Vec::new();
                while let Some(piece) = answer.body.next().await {
                    whole.extend_from_slice(&piece?);
                }
                stream::iter([Ok(wire.list(&whole).into())]).boxed()
            } else if maps && watch && answer.status == 200 {
                let lines = stream::unfold(
                    (answer.body, wire, Vec::new()),
                    |(mut body, wire, mut begun)| async move {
                        let piece = match body.next().await? {
                            Ok(piece) => piece,
                            Err(error) => return Some((Err(error), (body, wire, begun))),
                        };
                        begun.extend_from_slice(&piece);
                        let whole =
                            begun.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
                        let rest = begun.split_off(whole);
                        let lines = begun.split_inclusive(|byte| *byte == b'\n');
                        let lines: Vec<u8> = lines.flat_map(|line| wire.event(line)).collect();
                        Some((Ok(lines.into()), (body, wire, rest)))
                    },
                );
                lines.boxed()
            } else {
                answer.body.boxed()
            };
            Ok(Response::new(answer.status, answer.headers, Body::from_stream(body)))
        }
        .boxed()
    }
}

fn name(number: usize) -> String {
    format!("map-{number}")
}

/// One in a hundred.
fn bad(way: usize) -> String {
    name(way * 100 + 41)
}

/// Every namespace has another one.
fn is_ours(map: &ConfigMap) -> bool {
    map.name().starts_with("map-")
}

async fn touch(cluster: &Cluster, name: &str, turn: &str) {
    cluster.patch::<ConfigMap>(name, json!({ "metadata": { "labels": { "turn": turn } } })).await;
}

async fn fill(cluster: &Cluster, count: usize) {
    for number in 0..count {
        let map = json!({ "metadata": { "name": name(number) }, "data": { "a": "good" } });
        cluster.create(&serde_json::from_value::<ConfigMap>(map).unwrap()).await;
    }
}

/// What the closures of a handler were told, in order, by name.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<(&'static str, String)>>>);

impl Told {
    fn add(&self, what: &'static str, map: &ConfigMap) {
        if is_ours(map) {
            self.0.lock().unwrap().push((what, map.name().to_owned()));
        }
    }

    fn take(&self) -> Vec<(&'static str, String)> {
        let mut told = std::mem::take(&mut *self.0.lock().unwrap());
        told.sort();
        told
    }

    fn watch(&self, maps: InformerHandle<ConfigMap>) -> InformerHandle<ConfigMap> {
        let [added, updated, deleted] = [(); 3].map(|()| self.clone());
        maps.on_add(move |map| added.add("added", &map))
            .on_update(move |_, map| updated.add("updated", &map))
            .on_delete(move |gone: Gone<ConfigMap>| deleted.add("deleted", gone.last_known()))
    }
}

fn each(
    what: &'static str,
    names: impl IntoIterator<Item = String>,
) -> Vec<(&'static str, String)> {
    let mut each: Vec<_> = names.into_iter().map(|name| (what, name)).collect();
    each.sort();
    each
}

fn names(maps: &InformerHandle<ConfigMap>) -> BTreeSet<String> {
    let maps = maps.lister().list();
    maps.iter().filter(|map| is_ours(map)).map(|map| map.name().to_owned()).collect()
}

async fn play(cluster: &Cluster, settings: Settings) {
    fill(cluster, OBJECTS).await;
    let ways = || (0..WAYS.len()).map(bad);
    let broken: Broken = Arc::new(Mutex::new(ways().zip(0..).collect()));
    let server = InProcess::new(cluster.server(), cluster.server().admin_token());
    let wire = Wire { server, broken: Arc::clone(&broken) };
    let client = Client::over(Arc::new(wire));
    let informers = Informers::with(client, settings, Seed::new(1)).namespace("default");
    let told = Told::default();
    let maps = told.watch(informers.of::<ConfigMap>());
    let (heard, shutdown) = (Heard::begin(), Shutdown::new());
    let story = async {
        tokio::time::timeout(SOON, maps.synced()).await.expect("it syncs");
        let good = || (0..OBJECTS).map(name).filter(|name| !ways().any(|bad| bad == *name));
        assert_eq!(told.take(), each("added", good()));
        assert_eq!(names(&maps), good().collect());
        heard.told_once(ways().take(NAMED), WAYS.len() - NAMED);
        // What has been told is not told again by a list.
        cluster.server().compact();
        cluster.server().end_watches(Some("configmaps"), Ending::Expired);
        cluster.advance(SOON).await;
        assert!(maps.health().borrow().lists >= 2);
        heard.told_once([], 0);
        for name in ways() {
            touch(cluster, &name, "again").await;
        }
        cluster.advance(SOON).await;
        heard.told_once(ways().take(NAMED), 0);
        assert_eq!(told.take(), []);
        mended(cluster, &broken, &told).await;
        spoiled(cluster, &broken, &told, &maps).await;
        gone(cluster, &told).await;
        cluster.advance(SOON).await;
        assert!(ways().all(|name| {
            maps.store().malformed_at(&Key::namespaced("default", &name)).is_none()
        }));
        let there: Vec<_> = cluster.list::<ConfigMap>().await.into_iter().filter(is_ours).collect();
        assert_eq!(names(&maps), there.iter().map(|map| map.name().to_owned()).collect());
        shutdown.begin();
    };
    let (ended, ()) = futures::join!(informers.run(shutdown.clone()), story);
    ended.unwrap();
}

/// Half of those that came broken are mended: nobody knew them, so they are new.
async fn mended(cluster: &Cluster, broken: &Broken, told: &Told) {
    let some = || (0..WAYS.len()).step_by(2).map(bad);
    some().for_each(|name| _ = broken.lock().unwrap().remove(&name));
    for name in some() {
        touch(cluster, &name, "mended").await;
    }
    cluster.advance(SOON).await;
    assert_eq!(told.take(), each("added", some()));
}

/// Good ones break; one half is mended, which is a change of what was known, the other is deleted.
async fn spoiled(
    cluster: &Cluster,
    broken: &Broken,
    told: &Told,
    maps: &InformerHandle<ConfigMap>,
) {
    let some = || (0..NAMED).map(|way| name(way * 100 + 42));
    broken.lock().unwrap().extend(some().zip(0..));
    for name in some() {
        touch(cluster, &name, "spoiled").await;
    }
    cluster.advance(SOON).await;
    assert_eq!(told.take(), []);
    // Those that have a head at least are in the cache as they are.
    assert!(names(maps).len() < OBJECTS);
    some().step_by(2).for_each(|name| _ = broken.lock().unwrap().remove(&name));
    for name in some().step_by(2) {
        touch(cluster, &name, "mended").await;
    }
    cluster.advance(SOON).await;
    assert_eq!(told.take(), each("updated", some().step_by(2)));
    for name in some().skip(1).step_by(2) {
        cluster.delete::<ConfigMap>(&name).await;
    }
    cluster.advance(SOON).await;
    assert_eq!(told.take(), each("deleted", some().skip(1).step_by(2)));
}

/// All that came broken at first is deleted: those that were mended were known, the others never.
async fn gone(cluster: &Cluster, told: &Told) {
    for way in 0..WAYS.len() {
        cluster.delete::<ConfigMap>(&bad(way)).await;
    }
    cluster.advance(SOON).await;
    assert_eq!(told.take(), each("deleted", (0..WAYS.len()).step_by(2).map(bad)));
}

#[test]
fn of_objects_that_are_broken_in_25_ways_each_is_told_once_and_seen_when_it_is_mended() {
    // In one list, as a stream, and by night in pages as well.
    let modes = [(false, 10_000), (true, 500), (false, 500)];
    for (_, (streaming, page_size)) in seeds(2).zip(modes) {
        let mut settings = Settings::default();
        (settings.streaming, settings.page_size) = (streaming, page_size);
        run("poison", async move |cluster: Cluster| play(&cluster, settings).await);
    }
}

#[controller]
async fn reads(map: Object<ConfigMap>, told: State<Told>) -> Result<Action> {
    told.add("reconciled", &map);
    Ok(Action::done())
}

#[test]
fn beside_objects_that_are_broken_all_others_are_reconciled() {
    run("beside", async |cluster: Cluster| {
        fill(&cluster, 250).await;
        let (told, operator) = (Told::default(), Operator::new("reads"));
        let operator = operator.state(told.clone()).controller(reads);
        operator.install_rbac(cluster.client(), "default").await.unwrap();
        let token = cluster.api::<ServiceAccount>().create_token("reads").await.unwrap();
        let server = InProcess::new(cluster.server(), token.expose());
        let broken =
            Broken::new(Mutex::new((0..WAYS.len()).map(|way| (name(way * 10), way)).collect()));
        let client = Client::over(Arc::new(Wire { server, broken: Arc::clone(&broken) }));
        let running = operator.start(client, Shutdown::new()).await.unwrap();
        cluster.advance(SOON).await;
        let ours = (0..250).filter(|number| number % 10 != 0).map(name);
        assert_eq!(told.take(), each("reconciled", ours));
        broken.lock().unwrap().clear();
        for way in 0..WAYS.len() {
            touch(&cluster, &name(way * 10), "mended").await;
        }
        cluster.advance(SOON).await;
        assert_eq!(told.take(), each("reconciled", (0..WAYS.len()).map(|way| name(way * 10))));
        running.stop().await.unwrap();
    });
}
