//! A shutdown at every point of an operator's life, one after the other: it ends in time, and its lease is the last that it writes.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::FutureExt as _;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube_core::Request;
use kube_core::transport::Body;
use kube_core::transport::Response;
use kube_core::transport::Transport;
use kube_runtime::prelude::*;
use kube_testing::__private::run;
use kube_testing::Cluster;
use kube_testing::InProcess;
use serde_json::json;

/// Keeps a Secret beside each ConfigMap, takes its time, and says when it is done.
#[controller(owns(Secret))]
async fn mirror(map: Object<ConfigMap>, cx: Cx<ConfigMap>) -> Result<Action> {
    if !map.labels().contains_key("mine") {
        return Ok(Action::done());
    }
    let metadata = ObjectMeta { name: Some(map.name().to_owned()), ..ObjectMeta::default() };
    cx.apply(Secret { metadata: metadata.clone(), ..Secret::default() }).await?;
    tokio::time::sleep_until(tokio::time::Instant::now() + Duration::from_millis(700)).await;
    let labels = Some([("done".to_owned(), "yes".to_owned())].into());
    cx.apply(Secret { metadata: ObjectMeta { labels, ..metadata }, ..Secret::default() }).await?;
    Ok(Action::done())
}

/// Counts the points at which something comes or goes, and begins the shutdown at one of them.
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

struct Wire(InProcess, Points);

impl Transport for Wire {
    fn send(&self, request: Request) -> BoxFuture<'static, kube_core::Result<Response>> {
        let (server, points) = (self.0.clone(), self.1.clone());
        async move {
            points.pass();
            tokio::task::yield_now().await;
            let answer = server.send(request).await?;
            points.pass();
            tokio::task::yield_now().await;
            let pieces = stream::unfold((answer.body, points), |(mut body, points)| async move {
                let piece = body.next().await?;
                points.pass();
                tokio::task::yield_now().await;
                Some((piece, (body, points)))
            });
            Ok(Response::new(answer.status, answer.headers, Body::from_stream(pieces.boxed())))
        }
        .boxed()
    }
}

/// Whether the shutdown came before the story was over.
async fn life(cluster: &Cluster, stop_at: usize) -> bool {
    let operator = Operator::new("mirror")
        .controller(mirror)
        .leader_election(LeaderElection::default().identity("one"));
    operator.install_rbac(cluster.client(), "default").await.unwrap();
    let token = cluster.api::<ServiceAccount>().create_token("mirror").await.unwrap();
    let shutdown = Shutdown::new();
    let points = Points { reached: Arc::default(), stop_at, shutdown: shutdown.clone() };
    let wire = Wire(InProcess::new(cluster.server(), token.expose()), points.clone());
    let started = operator.start(Client::over(Arc::new(wire)), shutdown.clone()).await;
    if let Ok(running) = started {
        for (name, pause) in [("a", 0), ("b", 300), ("c", 1_500), ("a", 900)] {
            let turn = pause.to_string();
            let labels = json!({ "mine": "yes", "turn": turn });
            let map = json!({ "metadata": { "name": name, "labels": labels } });
            cluster.apply(serde_json::from_value::<ConfigMap>(map).unwrap()).await;
            cluster.advance(Duration::from_millis(pause)).await;
        }
        cluster.delete::<ConfigMap>("b").await;
        cluster.advance("3s").await;
        let early = points.reached.load(Ordering::SeqCst) > stop_at;
        shutdown.begin();
        let ended = tokio::time::timeout(Duration::from_secs(30), running.stopped()).await;
        ended.unwrap_or_else(|_| panic!("it hangs, stopped at {stop_at}")).unwrap();
        check(cluster, stop_at).await;
        return early;
    }
    check(cluster, stop_at).await;
    true
}

/// Nobody holds the lease, and nothing but it was written when it was given up, or after that.
async fn check(cluster: &Cluster, stop_at: usize) {
    let lease = cluster.find::<Lease>("mirror").await.and_then(|lease| lease.spec);
    let holder = lease.and_then(|lease| lease.holder_identity).unwrap_or_default();
    assert_eq!(holder, "", "stopped at {stop_at}");
    cluster.advance("1m").await;
    let journal = cluster.journal();
    let mut writes = journal.iter().filter(|entry| {
        entry.user.ends_with(":mirror")
            && !["get", "list", "watch"].contains(&entry.verb.as_str())
            && !entry.path.contains("/events")
    });
    if let Some(last) = writes.next_back() {
        assert!(last.path.contains("/leases"), "stopped at {stop_at}, it wrote {last:?}");
    }
}

#[test]
fn whenever_it_is_stopped_an_operator_ends_in_time_and_its_lease_is_the_last_that_it_writes() {
    let mut points = 0;
    while run("stopped", async move |cluster: Cluster| life(&cluster, points).await) {
        points += 1;
    }
    assert!(points >= 100, "{points} points only");
}
