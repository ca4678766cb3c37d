//! Replicas of different versions, of which the server says who works, on a clock that stands still.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::coordination::v1beta1::LeaseCandidate;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube_embedded::Behaviours;
use kube_embedded::Fault;
use kube_embedded::Server;
use kube_runtime::prelude::*;
use kube_testing::Cluster;
use kube_testing::InProcess;
use serde_json::json;

use crate::real::RealCluster;
use crate::replica::Replica;
use crate::replica::copied;
use crate::replica::say;
use crate::replica::writers;

fn replica(name: &'static str, version: &str) -> Replica {
    Replica::new(name, LeaderElection::default().coordinated(version))
}

async fn holder(cluster: &Cluster) -> String {
    let spec = cluster.get::<Lease>("copier").await.spec.unwrap();
    spec.holder_identity.unwrap_or_default()
}

#[kube_testing::test]
async fn of_all_versions_the_oldest_works_and_the_next_follows_when_it_ends(cluster: Cluster) {
    let new = replica("new", "1.1.0").start(&cluster).await;
    cluster.advance("10s").await;
    assert!(new.is_leader(), "it is alone");
    say(&cluster, "hello").await;
    let old = replica("old", "1.0.0").start(&cluster).await;
    cluster.advance("20s").await;
    new.stopped().await.expect("to make room is no failure");
    assert!(old.is_leader());
    // As a Deployment does.
    let new = replica("again", "1.1.0").start(&cluster).await;
    cluster.advance("1m").await;
    assert_eq!((old.is_leader(), new.is_leader()), (true, false));
    say(&cluster, "mine").await;
    assert_eq!(copied(&cluster).await, "mine by old");
    let before = cluster.get::<Lease>("copier").await.spec.unwrap();
    assert_eq!(
        (before.lease_transitions, before.strategy.as_deref()),
        (Some(1), Some("OldestEmulationVersion"))
    );

    old.stop().await.unwrap();
    let names: Vec<_> = cluster
        .list::<LeaseCandidate>()
        .await
        .into_iter()
        .map(|it| it.metadata.name.unwrap())
        .collect();
    assert_eq!(names, ["again"], "who ends is no candidate any more");
    cluster.advance("10s").await;
    assert!(new.is_leader(), "nobody waits for anything to expire");
    say(&cluster, "bye").await;
    assert_eq!(copied(&cluster).await, "bye by again");
    assert_eq!(writers(&cluster), ["new", "old", "again"], "never two in turns");
    assert_eq!(cluster.get::<Lease>("copier").await.spec.unwrap().lease_transitions, Some(2));
    new.stop().await.unwrap();
    assert_eq!(holder(&cluster).await, "");
}

#[kube_testing::test]
async fn who_is_not_preferred_any_more_has_the_rest_of_its_term_and_no_write_leaves_after_it(
    cluster: Cluster,
) {
    let slow = replica("new", "1.1.0");
    slow.slow.store(true, Ordering::SeqCst);
    let new = slow.start(&cluster).await;
    cluster.advance("10s").await;
    say(&cluster, "hello").await;
    let old = replica("old", "1.0.0").start(&cluster).await;
    let error = format!("{:#}", new.stopped().await.unwrap_err());
    assert!(error.contains("the server prefers `old`"), "{error}");
    assert!(!old.is_leader(), "the term of the other one has ended, and not yet its lease");
    let renewed = cluster.get::<Lease>("copier").await.spec.unwrap();
    assert_eq!(renewed.preferred_holder.as_deref(), Some("old"));
    cluster.advance("15s").await;
    assert!(old.is_leader());
    say(&cluster, "mine").await;
    assert_eq!(writers(&cluster), ["new", "old"]);
    old.stop().await.unwrap();
}

#[kube_testing::test]
async fn a_leader_that_is_killed_is_followed_when_its_lease_has_expired_and_it_does_not_answer(
    cluster: Cluster,
) {
    let old = replica("old", "1.0.0");
    let running = old.start(&cluster).await;
    cluster.advance("10s").await;
    let new = replica("new", "1.1.0").start(&cluster).await;
    say(&cluster, "hello").await;
    cluster.advance("10s").await;
    old.cut.store(true, Ordering::SeqCst);
    drop(running);
    say(&cluster, "bye").await;
    cluster.advance("12s").await;
    assert!(
        !new.is_leader() && copied(&cluster).await == "hello by old",
        "its holder could be at work"
    );
    cluster.advance("25s").await;
    assert!(new.is_leader());
    assert_eq!(copied(&cluster).await, "bye by new");
    assert_eq!(writers(&cluster), ["old", "new"]);
    // Who was asked has answered, and who is dead goes in the end.
    let candidate = cluster.get::<LeaseCandidate>("new").await.spec;
    assert!(candidate.ping_time.is_some() && candidate.renew_time >= candidate.ping_time);
    cluster.advance("40m").await;
    assert_eq!(cluster.list::<LeaseCandidate>().await.len(), 1);
    assert!(new.is_leader(), "and renews all along");
    new.stop().await.unwrap();
}

#[kube_testing::test]
async fn a_leader_that_cannot_renew_ends_before_the_server_names_another(cluster: Cluster) {
    let old = replica("old", "1.0.0");
    old.slow.store(true, Ordering::SeqCst);
    let running = old.start(&cluster).await;
    cluster.advance("10s").await;
    let new = replica("new", "1.1.0").start(&cluster).await;
    say(&cluster, "hello").await;
    old.cut.store(true, Ordering::SeqCst);
    let error = tokio::time::timeout(std::time::Duration::from_secs(11), running.stopped()).await;
    let error = format!("{:#}", error.expect("no reconcile is waited for").unwrap_err());
    assert!(error.contains("`old` lost the lease `default/copier`"), "{error}");
    assert_eq!(holder(&cluster).await, "old");
    assert!(!new.is_leader());
    cluster.advance("30s").await;
    assert!(new.is_leader());
    new.stop().await.unwrap();
}

#[kube_testing::test]
async fn a_server_that_elects_nobody_is_an_error_with_the_remedy(_cluster: Cluster) {
    let server = Server::builder().behaviours(Behaviours::cluster_like()).build();
    let client = Client::over(Arc::new(InProcess::new(&server, server.admin_token())));
    let replica = replica("one", "1.0.0");
    let running = replica.operator().start(client.clone(), Shutdown::new()).await.unwrap();
    let error = format!("{:#}", running.stopped().await.unwrap_err());
    for told in [
        "--feature-gates=CoordinatedLeaderElection=true",
        "--runtime-config=coordination.k8s.io/v1beta1=true",
    ] {
        assert!(error.contains(told), "{error}");
    }
    assert!(error.contains("failed to be a candidate for the lease `default/copier`"), "{error}");
}

#[kube_testing::test]
async fn of_servers_that_are_made_newer_one_by_one_some_may_know_no_candidates(cluster: Cluster) {
    let replica = replica("one", "1.0.0").start(&cluster).await;
    cluster.advance("10s").await;
    assert!(replica.is_leader());
    for verb in ["get", "update", "create"] {
        cluster.faults().inject(Fault::refuse(404).on(verb, "leasecandidates").times(2));
    }
    cluster.advance("40m").await;
    assert!(replica.is_leader(), "it has been one, so that the server has them");
    assert_eq!(cluster.list::<LeaseCandidate>().await.len(), 1);
    replica.stop().await.unwrap();
}

#[kube_testing::test]
async fn a_server_that_cannot_answer_yet_is_asked_again(cluster: Cluster) {
    cluster.faults().inject(Fault::refuse(500).on("get", "leasecandidates").times(3));
    let replica = replica("one", "1.0.0").start(&cluster).await;
    cluster.advance("30s").await;
    assert!(replica.is_leader());
    replica.stop().await.unwrap();
}

#[kube_testing::test]
async fn what_cannot_be_elected_is_an_error_before_any_request(cluster: Cluster) {
    let election = || LeaderElection::default().coordinated("1.0.0");
    let rows = [
        (election().takes_over(true), "cannot be taken over"),
        (election().identity("me/you"), "the identity `me/you`"),
        (LeaderElection::default().coordinated("latest"), "`latest` is no version"),
        (election().emulates("1.1.0"), "does not behave as the newer 1.1.0"),
    ];
    let before = cluster.journal().len();
    for (election, why) in rows {
        let replica = replica("one", "1.0.0");
        let operator = replica.operator().leader_election(election);
        let started = operator.start(cluster.client().clone(), Shutdown::new()).await;
        let error = started.expect_err(why).to_string();
        assert!(error.contains(why), "{error}");
    }
    assert_eq!(cluster.journal().len(), before);
}

/// The lease of the replicas, when it says what is waited for.
async fn until(client: &Client, told: &str, is_so: impl Fn(&Lease) -> bool) -> Lease {
    let mut pause = tokio::time::interval(std::time::Duration::from_millis(100));
    let leases = client.namespace("default").api::<Lease>();
    let wait = async {
        loop {
            pause.tick().await;
            if let Ok(Some(lease)) = leases.get("copier").optional().await
                && is_so(&lease)
            {
                return lease;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(40), wait).await.expect(told)
}

#[tokio::test]
async fn a_genuine_kubernetes_names_the_oldest_version_and_the_next_when_it_ends() {
    let Some(cluster) = RealCluster::coordinating() else { return };
    let admin = cluster.client();
    let served = async {
        let mut pause = tokio::time::interval(std::time::Duration::from_millis(200));
        let candidates = admin.namespace("default").api::<LeaseCandidate>();
        while candidates.list().await.is_err() {
            pause.tick().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), served).await.expect("it serves");
    let map = json!({ "metadata": { "name": "map" }, "data": { "text": "hello" } });
    let map: ConfigMap = serde_json::from_value(map).unwrap();
    admin.namespace("default").api::<ConfigMap>().create(&map).await.unwrap();
    let start = async |name: &'static str, version: &'static str| {
        let replica = replica(name, version);
        replica.operator().install_rbac(&admin, "default").await.unwrap();
        let accounts = admin.namespace("default").api::<ServiceAccount>();
        let token = accounts.create_token("copier").await.unwrap();
        let config = cluster.config().token(token.expose());
        let client = Client::new(config.default_namespace("default")).unwrap();
        replica.operator().start(client, Shutdown::new()).await.unwrap()
    };
    let holds = |name: &'static str| {
        move |lease: &Lease| {
            let spec = lease.spec.as_ref().unwrap();
            spec.holder_identity.as_deref() == Some(name) && spec.acquire_time.is_some()
        }
    };
    let new = start("new", "1.1.0").await;
    until(&admin, "the only one leads", holds("new")).await;
    let old = start("old", "1.0.0").await;
    // To make room is no failure; nobody leads meanwhile.
    let ended = tokio::time::timeout(std::time::Duration::from_secs(40), new.stopped()).await;
    ended.expect("the server prefers the oldest").unwrap();
    let again = start("again", "1.1.0").await;
    let lease = until(&admin, "the oldest leads", holds("old")).await.spec.unwrap();
    assert_eq!(lease.strategy.as_deref(), Some("OldestEmulationVersion"));
    assert_eq!((lease.lease_transitions, lease.preferred_holder), (Some(1), None));
    old.stop().await.unwrap();
    let lease = until(&admin, "the next follows", holds("again")).await.spec.unwrap();
    assert_eq!(lease.lease_transitions, Some(2));
    again.leading().await.unwrap();
    again.stop().await.unwrap();
    let left = admin.namespace("default").api::<LeaseCandidate>().list().await.unwrap();
    assert_eq!(left.items.len(), 0, "nobody is left to be asked");
}
