//! Objects that an annotation pauses: neither reconciled nor cleaned up after, and reconciled when it goes.

use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;
use kube_testing::Cluster;
use serde_json::Value;
use serde_json::json;

use super::Count;
use super::Site;
use super::map;
use super::site;

const PAUSED: &str = "test.example.com/paused";

fn annotated(said: impl Into<Value>) -> Value {
    let said: Value = said.into();
    json!({ "metadata": { "annotations": { PAUSED: said } } })
}

#[controller(cleanup = clean, owns(ConfigMap), predicate = generation_changed, resync = "10m")]
async fn look(_: Object<Site>, count: State<Count>) -> Result<Action> {
    count.add();
    Ok(Action::done())
}

async fn clean(_: Object<Site>, count: State<Count>) -> Result<Action> {
    count.add();
    Ok(Action::done())
}

async fn start(cluster: &Cluster, count: &Count) {
    cluster.run(Operator::new("look").state(count.clone()).controller(look)).await;
    cluster.create(&site("shop", "nginx")).await;
    cluster.settled().await;
    assert_eq!(count.take(), 1);
}

#[kube_testing::test]
async fn a_paused_object_is_not_reconciled_and_no_predicate_hides_that_it_goes_on(
    cluster: Cluster,
) {
    let count = Count::default();
    start(&cluster, &count).await;
    cluster.patch::<Site>("shop", annotated("true")).await;
    cluster.patch::<Site>("shop", json!({ "spec": { "image": "caddy" } })).await;
    cluster.advance("25m").await;
    assert_eq!(count.take(), 0, "neither for a change nor at a resync");
    cluster.patch::<Site>("shop", annotated(Value::Null)).await;
    cluster.settled().await;
    assert_eq!(count.take(), 1);
    for said in ["false", "yes"] {
        cluster.patch::<Site>("shop", annotated(said)).await;
        cluster.patch::<Site>("shop", json!({ "spec": { "image": said } })).await;
        cluster.settled().await;
        assert_eq!(count.take(), 1, "`{said}` pauses nothing");
    }
}

#[kube_testing::test]
async fn what_a_predicate_hid_before_the_pause_stays_hidden(cluster: Cluster) {
    let count = Count::default();
    start(&cluster, &count).await;
    cluster.patch::<Site>("shop", annotated("true")).await;
    cluster.settled().await;
    cluster.patch::<Site>("shop", annotated(Value::Null)).await;
    cluster.settled().await;
    assert_eq!(count.take(), 0, "nothing was passed over");
}

#[kube_testing::test]
async fn a_paused_object_is_not_cleaned_up_after_until_it_goes_on(cluster: Cluster) {
    let count = Count::default();
    start(&cluster, &count).await;
    cluster.patch::<Site>("shop", annotated("true")).await;
    cluster.delete::<Site>("shop").await;
    cluster.advance("1m").await;
    assert_eq!(count.take(), 0);
    assert!(cluster.get::<Site>("shop").await.is_deleted(), "its finalizer holds it");
    cluster.patch::<Site>("shop", annotated(Value::Null)).await;
    cluster.settled().await;
    assert_eq!(count.take(), 1);
    assert!(cluster.find::<Site>("shop").await.is_none());
}

#[kube_testing::test]
async fn an_object_that_is_born_paused_has_no_finalizer_and_is_reconciled_when_it_goes_on(
    cluster: Cluster,
) {
    let count = Count::default();
    start(&cluster, &count).await;
    let mut paused = site("blog", "nginx");
    paused.metadata.annotations = Some([(PAUSED.to_owned(), "true".to_owned())].into());
    cluster.create(&paused).await;
    cluster.settled().await;
    assert!(cluster.get::<Site>("blog").await.finalizers().is_empty());
    cluster.patch::<Site>("blog", annotated("false")).await;
    cluster.settled().await;
    assert_eq!(count.take(), 1);
    // One that goes while it is paused is forgotten, and the next one of its name is another one.
    cluster.patch::<Site>("blog", annotated("true")).await;
    cluster.patch::<Site>("blog", json!({ "spec": { "image": "caddy" } })).await;
    cluster.settled().await;
    cluster.patch::<Site>("blog", json!({ "metadata": { "finalizers": [] } })).await;
    cluster.delete::<Site>("blog").await;
    cluster.create(&site("blog", "nginx")).await;
    cluster.settled().await;
    assert_eq!(count.take(), 1);
}

#[kube_testing::test]
async fn the_paused_are_counted_and_kinds_of_kubernetes_are_paused_for_one_controller(
    cluster: Cluster,
) {
    #[controller]
    async fn keep_maps(map: Object<ConfigMap>, count: State<Count>) -> Result<Action> {
        if map.name() == "a" {
            count.add();
        }
        Ok(Action::done())
    }
    let count = Count::default();
    let mut paused = map("a");
    paused.metadata.annotations = Some([("keep-maps/paused".to_owned(), "true".to_owned())].into());
    cluster.create(&paused).await;
    let operator = Operator::new("maps").state(count.clone()).controller(keep_maps);
    let told = operator.explain();
    assert!(told.contains("objects with the annotation keep-maps/paused: \"true\""), "{told}");
    let running = operator.start(cluster.client().clone(), Shutdown::new()).await.unwrap();
    cluster.settled().await;
    let counted = |number: u32| {
        let line = format!("kube_runtime_paused_objects{{controller=\"keep_maps\"}} {number}\n");
        assert!(running.metrics().contains(&line), "{}", running.metrics());
    };
    assert_eq!(count.take(), 0);
    counted(1);
    cluster.delete::<ConfigMap>("a").await;
    cluster.settled().await;
    assert_eq!(count.take(), 0);
    counted(0);
    running.stop().await.unwrap();
}
