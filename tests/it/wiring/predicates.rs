//! Which changes lead to a reconcile, and which do whatever a predicate says.

use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;
use kube_testing::Cluster;
use serde_json::json;

use super::Count;
use super::Site;
use super::map;
use super::site;

async fn annotate(cluster: &Cluster, value: &str) {
    let annotations = json!({ "metadata": { "annotations": { "example.com/note": value } } });
    cluster.patch::<Site>("shop", annotations).await;
    cluster.settled().await;
}

#[kube_testing::test]
async fn under_generation_changed_only_a_new_spec_leads_to_a_reconcile(cluster: Cluster) {
    #[controller(predicate = generation_changed)]
    async fn look(_: Object<Site>, count: State<Count>) -> Result<Action> {
        count.add();
        Ok(Action::done())
    }
    let count = Count::default();
    let operator = Operator::new("look").state(count.clone()).controller(look);
    operator.install_crds(cluster.client()).await.unwrap();
    cluster.create(&site("shop", "nginx:1")).await;
    cluster.run(operator).await;
    cluster.settled().await;
    assert_eq!(count.take(), 1, "it is there at the start");
    annotate(&cluster, "a").await;
    assert_eq!(count.take(), 0);
    cluster.patch::<Site>("shop", json!({ "spec": { "image": "nginx:2" } })).await;
    cluster.settled().await;
    assert_eq!(count.take(), 1);
}

#[kube_testing::test]
async fn predicates_combine_and_a_users_own_is_a_function(cluster: Cluster) {
    fn is_noted(notice: &Notice) -> bool {
        notice.latest().annotations().contains_key("example.com/note")
    }
    #[controller(predicate = generation_changed.or(annotations_changed).and(is_noted))]
    async fn look(_: Object<Site>, count: State<Count>) -> Result<Action> {
        count.add();
        Ok(Action::done())
    }
    let count = Count::default();
    cluster.run(Operator::new("look").state(count.clone()).controller(look)).await;
    cluster.create(&site("shop", "nginx:1")).await;
    cluster.settled().await;
    assert_eq!(count.take(), 0, "the user's own hides even what is new");
    annotate(&cluster, "a").await;
    assert_eq!(count.take(), 1);
    cluster.patch::<Site>("shop", json!({ "metadata": { "labels": { "a": "b" } } })).await;
    cluster.settled().await;
    assert_eq!(count.take(), 0);
}

#[kube_testing::test]
async fn of_owned_and_watched_kinds_too_only_what_matters_leads_to_a_reconcile(cluster: Cluster) {
    fn is_loud(map: &ConfigMap) -> bool {
        map.data.as_ref().is_some_and(|data| data.contains_key("loud"))
    }
    fn everyone(_: &ConfigMap, sites: &Lister<Site>) -> Vec<Key> {
        sites.list().iter().map(|site| Key::of(&**site)).collect()
    }
    #[controller(
        owns(ConfigMap, predicate = is_loud),
        watches(ConfigMap, predicate = |map: &ConfigMap| map.name() == "all", by = everyone)
    )]
    async fn look(_: Object<Site>, cx: Cx<Site>, count: State<Count>) -> Result<Action> {
        count.add();
        cx.apply(map("mine")).await?;
        Ok(Action::done())
    }
    let count = Count::default();
    cluster.run(Operator::new("look").state(count.clone()).controller(look)).await;
    cluster.create(&site("shop", "nginx:1")).await;
    cluster.settled().await;
    assert_eq!(count.take(), 1, "what it made itself was not loud");
    for (name, data, reconciles) in [
        ("mine", json!({ "quiet": "" }), 0),
        ("mine", json!({ "loud": "" }), 1),
        ("mine", json!({ "loud": null }), 1),
        ("mine", json!({ "quiet": "very" }), 0),
    ] {
        cluster.patch::<ConfigMap>(name, json!({ "data": data })).await;
        cluster.settled().await;
        assert_eq!(count.take(), reconciles, "{name} {data}");
    }
    for (name, reconciles) in [("some", 0), ("all", 1)] {
        cluster.create(&map(name)).await;
        cluster.settled().await;
        assert_eq!(count.take(), reconciles, "{name}");
    }
}

#[kube_testing::test]
async fn no_predicate_hides_the_deletion_of_what_our_finalizer_holds(cluster: Cluster) {
    async fn release(_: Object<Site>, count: State<Count>) -> Result<Action> {
        count.add();
        Ok(Action::done())
    }
    #[controller(predicate = |site: &Site| site.spec.image != "none", cleanup = release)]
    async fn look(_: Object<Site>, _: Cx<Site>) -> Result<Action> {
        Ok(Action::done())
    }
    let count = Count::default();
    cluster.run(Operator::new("look").state(count.clone()).controller(look)).await;
    for name in ["shop", "other"] {
        let image = if name == "shop" { "nginx" } else { "none" };
        cluster.create(&site(name, image)).await;
        cluster.settled().await;
        let held = !cluster.get::<Site>(name).await.finalizers().is_empty();
        assert_eq!(held, name == "shop", "who is none of our business gets no finalizer");
        cluster.patch::<Site>(name, json!({ "spec": { "image": "none" } })).await;
        cluster.patch::<Site>(name, json!({ "spec": { "image": "none" } })).await;
        cluster.settled().await;
        cluster.delete::<Site>(name).await;
        cluster.settled().await;
        assert!(cluster.find::<Site>(name).await.is_none(), "{name} went");
        assert_eq!(count.take(), usize::from(name == "shop"));
    }
}
