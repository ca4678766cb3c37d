//! Reconciles that panic for ever, and reconciles over a cache that is late: what the others wait, and what is made twice.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::FutureExt as _;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube_core::Request;
use kube_core::Verb;
use kube_core::transport::Body;
use kube_core::transport::Response;
use kube_core::transport::Transport;
use kube_embedded::Fault;
use kube_runtime::prelude::*;
use kube_testing::__private::run;
use kube_testing::Cluster;
use kube_testing::InProcess;
use serde_json::json;
use tokio::time::Instant;

use super::Blamed;
use super::seeds;

async fn put(cluster: &Cluster, name: &str, turn: usize) {
    let map = json!({
        "metadata": { "name": name, "labels": { "mine": "yes" } },
        "data": { "turn": turn.to_string() },
    });
    cluster.apply(serde_json::from_value::<ConfigMap>(map).unwrap()).await;
}

/// When each object changed, how long the others waited for their reconciles, and when the bad ones were tried.
#[derive(Clone, Default)]
struct Clocks {
    changed: Arc<Mutex<HashMap<String, Instant>>>,
    waited: Arc<Mutex<Vec<Duration>>>,
    tried: Arc<Mutex<Vec<Instant>>>,
    panics: bool,
}

#[controller(workers = 2)]
async fn fragile(map: Object<ConfigMap>, clocks: State<Clocks>) -> Result<Action> {
    let changed = clocks.changed.lock().unwrap().get(map.name()).copied();
    let Some(changed) = changed else { return Ok(Action::done()) };
    if map.name() == "map-42" && clocks.panics {
        clocks.tried.lock().unwrap().push(Instant::now());
        panic!("planted: not to my liking");
    }
    tokio::time::sleep_until(Instant::now() + Duration::from_millis(10)).await;
    clocks.waited.lock().unwrap().push(changed.elapsed());
    Ok(Action::done())
}

/// The 99th percentile of what the others waited, and how often the bad one was tried in the last hour.
async fn a_day(cluster: &Cluster, panics: bool) -> (Duration, usize) {
    let clocks = Clocks { panics, ..Clocks::default() };
    cluster.run(Operator::new("fragile").state(clocks.clone()).controller(fragile)).await;
    for turn in 0..26 {
        if turn == 6 {
            cluster.advance("20h").await;
        }
        for number in 0..100 {
            let name = format!("map-{number}");
            clocks.changed.lock().unwrap().insert(name.clone(), Instant::now());
            put(cluster, &name, turn).await;
        }
        cluster.advance("3m").await;
    }
    let mut waited = std::mem::take(&mut *clocks.waited.lock().unwrap());
    waited.sort();
    let hour = Duration::from_secs(3600);
    let tried = clocks.tried.lock().unwrap().iter().filter(|at| at.elapsed() < hour).count();
    (waited[waited.len() * 99 / 100], tried)
}

#[test]
fn a_key_that_panics_for_ever_makes_no_other_wait_and_is_tried_every_five_minutes_at_most() {
    let (calm, none) = run("all is well", async |cluster: Cluster| a_day(&cluster, false).await);
    let (late, tried) = run("one panics", async |cluster: Cluster| a_day(&cluster, true).await);
    assert!(calm >= Duration::from_millis(400), "{calm:?}: nobody waited for a worker");
    assert!(late <= calm.mul_f64(1.1), "{late:?}, and {calm:?} without it");
    assert!(none == 0 && (1..=12).contains(&tried), "{tried} tries in an hour");
}

/// The watch of Secrets brings what has happened only every so often: up to that long the cache is late.
struct Late {
    server: InProcess,
    begun: Instant,
    every: Duration,
    late: Arc<AtomicBool>,
}

impl Transport for Late {
    fn send(&self, request: Request) -> BoxFuture<'static, kube_core::Result<Response>> {
        let watches = request.verb == Verb::Watch && request.path.ends_with("/secrets");
        let (begun, every, late) = (self.begun, self.every, Arc::clone(&self.late));
        let answer = self.server.send(request);
        async move {
            let answer = answer.await?;
            if !watches {
                return Ok(answer);
            }
            let pieces = stream::unfold((answer.body, late), move |(mut body, late)| async move {
                let piece = body.next().await?;
                let turns = begun.elapsed().as_millis().div_ceil(every.as_millis());
                if late.load(Ordering::SeqCst) {
                    let turns = u32::try_from(turns).unwrap();
                    tokio::time::sleep_until(begun + every * turns).await;
                }
                Some((piece, (body, late)))
            });
            Ok(Response::new(answer.status, answer.headers, Body::from_stream(pieces.boxed())))
        }
        .boxed()
    }
}

/// Makes a Secret for each ConfigMap of its own, under whatever name the server gives it.
#[controller(owns(Secret), permissions(Secret: create))]
async fn furnish(
    map: Object<ConfigMap>,
    client: Client,
    owned: Owned<Secret>,
    reconciles: State<Arc<AtomicUsize>>,
) -> Result<Action> {
    if !map.labels().contains_key("mine") {
        return Ok(Action::done());
    }
    reconciles.fetch_add(1, Ordering::SeqCst);
    if owned.list().is_empty() {
        let owner = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "name": map.name(), "uid": map.uid(),
            "controller": true,
        });
        let metadata = json!({ "generateName": "made-", "ownerReferences": [owner] });
        let secret: Secret = serde_json::from_value(json!({ "metadata": metadata }))?;
        client.namespace("default").create(&secret).await?;
    }
    Ok(Action::done())
}

async fn furnished(cluster: &Cluster, seed: u64, losses: bool) {
    let mut random = fastrand::Rng::with_seed(seed);
    let (late, reconciles) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let operator = Operator::new("furnish").state(Arc::clone(&reconciles)).controller(furnish);
    operator.install_rbac(cluster.client(), "default").await.unwrap();
    let token = cluster.api::<ServiceAccount>().create_token("furnish").await.unwrap();
    let wire = Late {
        server: InProcess::new(cluster.server(), token.expose()),
        begun: Instant::now(),
        every: Duration::from_secs(random.u64(20..=30)),
        late: Arc::clone(&late),
    };
    let running = operator.start(Client::over(Arc::new(wire)), Shutdown::new()).await.unwrap();
    late.store(true, Ordering::SeqCst);
    let before = cluster.journal().len();
    for turn in 0..600 {
        if losses && turn % 50 == 10 {
            cluster.faults().inject(Fault::lose_answer().on("create", "secrets"));
        }
        put(cluster, &format!("map-{}", random.u8(0..60)), turn).await;
        cluster.advance(Duration::from_millis(random.u64(0..2_000))).await;
    }
    cluster.advance("5m").await;
    late.store(false, Ordering::SeqCst);
    cluster.advance("2m").await;
    let mine = |map: &ConfigMap| map.labels().contains_key("mine");
    let owners = cluster.list::<ConfigMap>().await.into_iter().filter(mine).count();
    let journal = cluster.journal();
    let reads = journal[before..].iter().filter(|entry| {
        entry.user.ends_with(":furnish") && ["get", "list"].contains(&entry.verb.as_str())
    });
    let (reads, reconciles) = (reads.count(), reconciles.load(Ordering::SeqCst));
    running.stop().await.unwrap();
    assert_eq!(cluster.list::<Secret>().await.len(), owners, "made twice, or not at all");
    let lost = if losses { 12 } else { 0 };
    assert!(reads <= reconciles / 100 + lost, "{reads} reads in {reconciles} reconciles");
    assert!(owners > 50 && reconciles > 300, "{owners}, {reconciles}: too calm");
}

#[test]
fn over_a_cache_that_is_half_a_minute_late_nothing_is_made_twice_and_hardly_anything_is_asked() {
    for seed in seeds(3) {
        for losses in [false, true] {
            let _blamed = Blamed(seed);
            run("furnished", async move |cluster: Cluster| {
                furnished(&cluster, seed, losses).await;
            });
        }
    }
}
