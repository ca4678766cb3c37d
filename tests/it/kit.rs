//! What the kit promises its users: settled, advance, a fault for one request, the journal.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use kube_embedded::Fault;
use kube_runtime::prelude::*;
use kube_testing::Cluster;
use serde_json::json;
use tokio::time::Instant;

use crate::website::operator::Website;
use crate::website::operator::WebsiteSpec;
use crate::website::operator::operator;

/// The operator's service account.
const OPERATOR: &str = "system:serviceaccount:default:website";

fn shop() -> Website {
    Website::new("shop", WebsiteSpec { image: "nginx".to_owned(), replicas: 2 })
}

fn config_map() -> ConfigMap {
    serde_json::from_value(json!({ "metadata": { "name": "settings" } })).unwrap()
}

#[kube_testing::test]
async fn settled_waits_for_all_that_needs_no_time_and_moves_none(cluster: Cluster) {
    cluster.run(operator()).await;
    let began = Instant::now();
    cluster.create(&shop()).await;
    assert!(
        cluster.find::<Deployment>("shop").await.is_none(),
        "the operator has not had its turn yet"
    );
    cluster.settled().await;
    assert!(cluster.find::<Deployment>("shop").await.is_some());
    cluster.settled().await;
    assert_eq!(began.elapsed().as_nanos(), 0);
}

#[kube_testing::test]
async fn time_moves_only_by_advance_and_by_exactly_that_much(cluster: Cluster) {
    cluster.run(operator()).await;
    cluster.create(&shop()).await;
    cluster.settled().await;
    let stamp =
        async || cluster.get::<Website>("shop").await.metadata.creation_timestamp.unwrap().0;
    let (began, created) = (Instant::now(), stamp().await);
    cluster.advance("1h").await;
    assert_eq!(began.elapsed().as_secs(), 3600);
    cluster.create(&config_map()).await;
    let later = cluster.get::<ConfigMap>("settings").await.metadata.creation_timestamp.unwrap().0;
    assert_eq!(later.duration_since(created).as_secs(), 3600, "the server's clock is the test's");
}

#[kube_testing::test]
async fn an_operator_may_work_as_long_as_the_test_lasts(cluster: Cluster) {
    cluster.run(operator()).await;
    cluster.advance("24h").await;
    cluster.create(&shop()).await;
    cluster.advance("10s").await;
    assert!(cluster.find::<Deployment>("shop").await.is_some(), "its token has expired");
}

#[kube_testing::test]
async fn a_fault_hits_the_one_request_it_is_for_and_the_journal_shows_it(cluster: Cluster) {
    cluster.faults().inject(Fault::refuse(503).on("create", "configmaps").named("settings"));
    let error = cluster.client().namespace("default").create(&config_map()).await.unwrap_err();
    assert!(error.is_retryable(), "{}", error.chain());
    cluster.create(&config_map()).await;
    let journal = cluster.journal();
    let creates: Vec<_> = journal
        .iter()
        .filter(|entry| entry.path.ends_with("/configmaps") && entry.verb == "create")
        .collect();
    assert_eq!(creates.iter().map(|entry| entry.status).collect::<Vec<_>>(), [503, 201]);
    assert_eq!(cluster.faults().hits().len(), 1);
}

/// Plays the same life with one fault and gives what is left in the end, and how many Deployments there ever were.
async fn life(cluster: &Cluster, fault: Option<Fault>) -> (Option<i32>, i32, bool, usize) {
    cluster.run(operator()).await;
    if let Some(fault) = fault {
        cluster.faults().inject(fault);
    }
    cluster.create(&shop()).await;
    cluster.advance("5m").await;
    let replicas = cluster.get::<Deployment>("shop").await.spec.replicas;
    let ready = cluster.get::<Website>("shop").await.status.map_or(0, |status| status.ready);
    cluster.delete::<Website>("shop").await;
    cluster.advance("5m").await;
    let gone = cluster.find::<Website>("shop").await.is_none()
        && cluster.find::<Deployment>("shop").await.is_none();
    let path = "/apis/apps/v1/namespaces/default/deployments/shop";
    let made = |entry: &kube_embedded::JournalEntry| {
        entry.verb == "patch" && entry.path.starts_with(path) && entry.status == 201
    };
    (replicas, ready, gone, cluster.journal().iter().filter(|entry| made(entry)).count())
}

/// The writes of the operator in an undisturbed life.
async fn writes(cluster: &Cluster) -> usize {
    life(cluster, None).await;
    let write = |verb: &str| ["create", "update", "patch", "delete"].contains(&verb);
    cluster.journal().iter().filter(|entry| entry.user == OPERATOR && write(&entry.verb)).count()
}

#[kube_testing::test]
async fn an_undisturbed_life_ends_as_it_should(cluster: Cluster) {
    assert_eq!(life(&cluster, None).await, (Some(2), 2, true, 1));
}

#[test]
fn whichever_write_fails_or_loses_its_answer_the_end_is_the_same() {
    use kube_testing::__private::run;
    let count = run("the writes", async |cluster: Cluster| writes(&cluster).await);
    assert!(count >= 5, "only {count} writes: finalizer, apply, status, event, finalizer");
    for number in 0..count {
        let faults = [
            ("refused with 500", Fault::refuse(500)),
            ("refused with 409", Fault::refuse(409)),
            ("refused with 429", Fault::refuse(429)),
            ("cut before it was looked at", Fault::cut()),
            ("its answer lost", Fault::lose_answer()),
        ];
        for (name, fault) in faults {
            let fault = fault.by(OPERATOR).after(number);
            let (replicas, ready, gone, _) =
                run(name, async move |cluster: Cluster| life(&cluster, Some(fault)).await);
            assert_eq!(
                (replicas, ready, gone),
                (Some(2), 2, true),
                "request {number} of the operator {name}"
            );
        }
    }
}

/// It remembers on the object that it has begun, and takes that for having made everything: a crash between the two is not survived.
#[controller(owns(Secret), permissions(ConfigMap: patch))]
async fn careless(map: Object<ConfigMap>, cx: Cx<ConfigMap>, client: Client) -> Result<Action> {
    if map.data.is_none() {
        let begun = kube_core::Patch::Merge(json!({ "data": { "begun": "yes" } }));
        client.namespace("default").patch::<ConfigMap>(map.name(), begun).await?;
        let metadata = ObjectMeta { name: map.metadata.name.clone(), ..ObjectMeta::default() };
        cx.apply(Secret { metadata, ..Secret::default() }).await?;
    }
    Ok(Action::done())
}

#[test]
#[should_panic(expected = "another end after a crash after write 2 (PATCH /api/v1/namespaces/")]
fn torture_finds_an_operator_that_a_crash_between_two_writes_leads_astray() {
    kube_testing::torture(careless, async |cluster: &Cluster| {
        let metadata = ObjectMeta { name: Some("one".to_owned()), ..ObjectMeta::default() };
        cluster.create(&ConfigMap { metadata, ..ConfigMap::default() }).await;
    });
}
