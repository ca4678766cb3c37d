//! How it stands with a replica: alive while it leads and while it waits; what it gives up is given up.

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::ConfigMap;
use kube_embedded::Fault;
use kube_runtime::manager::Running;
use kube_runtime::prelude::*;
use kube_testing::Cluster;

#[controller]
async fn look(_: Object<ConfigMap>) -> Result<Action> {
    Ok(Action::done())
}

fn replica(identity: &str) -> Operator {
    let election = LeaderElection::default().identity(identity);
    Operator::new("looker").controller(look).leader_election(election)
}

async fn start(cluster: &Cluster, identity: &str) -> Running {
    replica(identity).start(cluster.client().clone(), Shutdown::new()).await.unwrap()
}

async fn holder(cluster: &Cluster) -> Option<String> {
    cluster.get::<Lease>("looker").await.spec?.holder_identity
}

#[kube_testing::test]
async fn a_standby_is_alive_and_so_is_a_leader(cluster: Cluster) {
    let leader = start(&cluster, "one").await;
    cluster.settled().await;
    let standby = start(&cluster, "two").await;
    for _ in 0..10 {
        cluster.advance("5s").await;
        assert_eq!((leader.is_leader(), standby.is_leader()), (true, false));
        leader.vitals().live().await.unwrap();
        standby.vitals().live().await.unwrap();
        standby.vitals().ready().await.unwrap();
    }
    leader.stop().await.unwrap();
    // Nor is it a reason to be killed that nobody says who leads.
    cluster.faults().inject(Fault::refuse(500).on("*", "leases").always());
    cluster.advance("1m").await;
    assert!(!standby.is_leader());
    standby.vitals().live().await.unwrap();
    standby.stop().await.unwrap();
}

#[kube_testing::test]
async fn giving_up_is_tried_again_after_a_conflict(cluster: Cluster) {
    let leader = start(&cluster, "one").await;
    cluster.settled().await;
    assert_eq!(holder(&cluster).await.as_deref(), Some("one"));
    cluster.faults().inject(Fault::refuse(409).on("update", "leases"));
    leader.stop().await.unwrap();
    assert_eq!(cluster.faults().hits().len(), 1, "there was a conflict");
    assert_eq!(holder(&cluster).await.as_deref(), Some(""));
}

#[kube_testing::test]
async fn giving_up_is_tried_again_where_the_server_could_not_take_it(cluster: Cluster) {
    for (busy, holds) in [(1, ""), (2, ""), (3, "one")] {
        let leader = start(&cluster, "one").await;
        cluster.settled().await;
        assert_eq!(holder(&cluster).await.as_deref(), Some("one"));
        cluster.faults().inject(Fault::refuse(500).on("update", "leases").times(busy));
        leader.stop().await.unwrap();
        assert_eq!(holder(&cluster).await.as_deref(), Some(holds), "it could not {busy} times");
    }
}

#[kube_testing::test]
async fn an_empty_identity_is_an_error_before_any_request(cluster: Cluster) {
    let before = cluster.journal().len();
    let error = replica("").start(cluster.client().clone(), Shutdown::new()).await.unwrap_err();
    assert!(error.to_string().contains("`looker` has the empty identity"), "{error}");
    assert_eq!(cluster.journal().len(), before);
}
