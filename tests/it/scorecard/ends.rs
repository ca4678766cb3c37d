//! A shutdown at every point at which anything waits in an operator's life: it ends in time, and its lease is the last that it writes.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;

use futures::FutureExt as _;
use futures::Stream;
use futures::future::BoxFuture;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use kube_core::Request;
use kube_core::request::Verb;
use kube_core::transport::Body;
use kube_core::transport::Response;
use kube_core::transport::Transport;
use kube_embedded::Behaviours;
use kube_embedded::Ending;
use kube_embedded::Fault;
use kube_embedded::Server;
use kube_runtime::clock::Seed;
use kube_runtime::prelude::*;
use kube_testing::InProcess;
use serde_json::json;
use tokio::time::Instant;

use super::world::pass;
use super::world::within;

/// Whose requests are the operator's.
const USER: &str = "mirror-operator";

/// What happens to an operator until it is stopped.
#[derive(Clone, Copy, Debug)]
enum Story {
    /// It reconciles, and an object changes while it does.
    Works,
    /// What it watches ends, its writes are refused or their answers lost, and it tries again.
    Fails,
    /// Objects are deleted, and it cleans up.
    CleansUp,
    /// Another holds the lease and dies, and it takes over.
    Waits,
    /// It cannot renew for a while.
    Renews,
}

/// Counts the points, and begins the shutdown at one of them.
#[derive(Clone)]
struct Points {
    reached: Arc<AtomicUsize>,
    stop_at: usize,
    shutdown: Shutdown,
}

impl Points {
    fn pass(&self) {
        if self.reached.fetch_add(1, Ordering::SeqCst) == self.stop_at {
            self.shutdown.begin();
        }
    }
}

/// A future, or a stream, each of whose polls is a point: whoever awaits it waits there.
struct Awaited<T>(Pin<Box<T>>, Points);

impl<F: Future> Future for Awaited<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.1.pass();
        self.0.as_mut().poll(context)
    }
}

impl<S: Stream> Stream for Awaited<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.1.pass();
        self.0.as_mut().poll_next(context)
    }
}

struct Wire(InProcess, Points);

impl Transport for Wire {
    fn send(&self, request: Request) -> BoxFuture<'static, kube_core::Result<Response>> {
        let (server, points) = (self.0.clone(), self.1.clone());
        let begun = points.clone();
        let answer = async move {
            tokio::task::yield_now().await;
            let answer = server.send(request).await?;
            tokio::task::yield_now().await;
            let body = Awaited(Box::pin(answer.body), points);
            Ok(Response::new(answer.status, answer.headers, Body::from_stream(body)))
        };
        Awaited(Box::pin(answer), begun).boxed()
    }
}

/// Keeps two Secrets beside each ConfigMap, and takes its time between them.
async fn mirror(
    map: Object<ConfigMap>,
    cx: Cx<ConfigMap>,
    points: State<Points>,
) -> Result<Action> {
    let turn = map.labels()["turn"].clone();
    let secret = |name: String| {
        let labels = Some([("turn".to_owned(), turn.clone())].into());
        let metadata = ObjectMeta { name: Some(name), labels, ..ObjectMeta::default() };
        Secret { metadata, ..Secret::default() }
    };
    cx.apply(secret(format!("{}-begun", map.name()))).await?;
    let soon = tokio::time::sleep_until(Instant::now() + Duration::from_millis(700));
    Awaited(Box::pin(soon), Points::clone(&points)).await;
    cx.apply(secret(format!("{}-done", map.name()))).await?;
    Ok(Action::done())
}

async fn clean(map: Object<ConfigMap>, client: Client) -> Result<Action> {
    for made in ["begun", "done"] {
        let name = format!("{}-{made}", map.name());
        match client.namespace("default").delete::<Secret>(&*name).await {
            Err(error) if !error.is_not_found() => return Err(error.into()),
            _ => {}
        }
    }
    Ok(Action::done())
}

struct Life {
    server: Server,
    admin: Client,
    points: Points,
}

impl Life {
    async fn put(&self, name: &str, turn: u8) {
        let metadata = json!({ "name": name, "labels": { "turn": turn.to_string() } });
        let map: ConfigMap = serde_json::from_value(json!({ "metadata": metadata })).unwrap();
        self.admin.namespace("default").apply(&map).field_manager("test").await.unwrap();
    }

    /// What is told, up to its end; nothing of it depends on whether the operator still runs.
    async fn tell(&self, story: Story) {
        let inject = |fault: Fault| self.server.faults().inject(fault.by(USER));
        match story {
            Story::Works => {
                self.put("a", 0).await;
                pass(Duration::from_millis(300)).await;
                self.put("a", 1).await;
                self.put("b", 0).await;
                pass(Duration::from_secs(3)).await;
            }
            Story::Fails => {
                inject(Fault::refuse(409).on("patch", "secrets"));
                inject(Fault::lose_answer().on("patch", "secrets").after(1));
                inject(Fault::refuse(500).on("list", "configmaps"));
                self.put("a", 0).await;
                pass(Duration::from_millis(100)).await;
                self.server.end_watches(Some("configmaps"), Ending::Expired);
                self.server.end_watches(Some("secrets"), Ending::CutInFrame);
                pass(Duration::from_secs(1)).await;
                self.put("a", 1).await;
                pass(Duration::from_secs(4)).await;
            }
            Story::CleansUp => {
                self.put("a", 0).await;
                pass(Duration::from_secs(1)).await;
                inject(Fault::refuse(500).on("delete", "secrets").after(1));
                self.admin.namespace("default").delete::<ConfigMap>("a").await.unwrap();
                pass(Duration::from_secs(2)).await;
            }
            Story::Waits => {
                self.put("a", 0).await;
                pass(Duration::from_secs(20)).await;
            }
            Story::Renews => {
                self.put("a", 0).await;
                pass(Duration::from_secs(2)).await;
                inject(Fault::refuse(500).on("update", "leases").times(2));
                inject(Fault::lose_answer().on("update", "leases").after(2));
                pass(Duration::from_secs(8)).await;
            }
        }
    }

    /// Nobody holds the lease, or whoever held it before; and nothing but it was written when it was given up, or after that.
    async fn check(&self, what: &str) {
        let lease = self.admin.namespace("default").get::<Lease>("mirror").optional().await;
        let spec = lease.unwrap().and_then(|lease| lease.spec);
        let holder = spec.and_then(|spec| spec.holder_identity).unwrap_or_default();
        assert!(holder.is_empty() || holder == "other", "{what}, `{holder}` holds the lease");
        pass(Duration::from_secs(60)).await;
        let journal = self.server.journal();
        let mut writes = journal.iter().filter(|entry| {
            entry.user == USER
                && !["get", "list", "watch"].contains(&entry.verb.as_str())
                && !entry.path.contains("/events")
        });
        if let Some(last) = writes.next_back() {
            assert!(last.path.contains("/leases"), "{what}, it wrote {last:?}");
        }
    }
}

/// Whether the shutdown came before the story was over.
async fn life(story: Story, stop_at: usize) -> bool {
    let what = format!("{story:?}, stopped at {stop_at}");
    let server = Server::builder().seed(7).behaviours(Behaviours::bare()).build();
    let client =
        |transport: Arc<dyn Transport>| Client::over(transport).with_default_namespace("default");
    let admin = client(Arc::new(InProcess::new(&server, server.admin_token())));
    let shutdown = Shutdown::new();
    let points = Points { reached: Arc::default(), stop_at, shutdown: shutdown.clone() };
    let own = InProcess::new(&server, server.user_token(USER, &["system:masters"]));
    let own = client(Arc::new(Wire(own, points.clone())));
    let mut controller = Controller::<ConfigMap>::of("mirror", mirror).wired(|wiring| {
        wiring.owns::<Secret>();
        wiring.permissions::<Secret>(&[Verb::Delete]);
    });
    if matches!(story, Story::CleansUp) {
        controller = controller.cleanup(clean);
    }
    if matches!(story, Story::Waits) {
        let spec = json!({ "holderIdentity": "other", "leaseDurationSeconds": 15 });
        let lease = json!({ "metadata": { "name": "mirror" }, "spec": spec });
        let lease: Lease = serde_json::from_value(lease).unwrap();
        admin.namespace("default").create(&lease).await.unwrap();
    }
    let election = LeaderElection::default().identity("one").seed(Seed::new(7));
    let operator = Operator::new("mirror")
        .state(points.clone())
        .controller(controller)
        .leader_election(election);
    let life = Life { server, admin, points };
    let mut early = true;
    if let Ok(running) = operator.start(own, shutdown.clone()).await {
        life.tell(story).await;
        early = life.points.reached.load(Ordering::SeqCst) > stop_at;
        shutdown.begin();
        let ended = within(Duration::from_secs(30), running.stopped(), &what).await;
        ended.unwrap_or_else(|error| panic!("{what}: {error:#}"));
    }
    life.check(&what).await;
    early
}

#[test]
fn whenever_it_is_stopped_an_operator_ends_in_time_and_its_lease_is_the_last_that_it_writes() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true);
    let mut all = 0;
    for story in [Story::Works, Story::Fails, Story::CleansUp, Story::Waits, Story::Renews] {
        let mut points = 0;
        while runtime.build().unwrap().block_on(life(story, points)) {
            points += 1;
        }
        assert!(points >= 80, "{story:?} has {points} points only");
        all += points;
    }
    assert!(all >= 500, "{all} points only");
}
