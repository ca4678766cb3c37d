//! Controllers that are written once for many kinds.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use kube_runtime::prelude::*;
use kube_testing::Cluster;
use kube_testing::Grants;
use kube_testing::NAMESPACE;
use serde_json::json;

use super::Site;
use super::map;
use super::site;

/// Keeps a ConfigMap that tells of the object.
#[controller(owns(ConfigMap), cleanup = forget, workers = 1)]
async fn card<K: Resource>(object: Object<K>, cx: Cx<K>) -> Result<Action> {
    cx.apply(map(&called(&*object))).await?;
    Ok(Action::done())
}

async fn forget<K: Resource>(object: Object<K>, cx: Cx<K>) -> Result<Action> {
    cx.event(Normal, "Forgotten", called(&*object));
    Ok(Action::done())
}

fn called<K: Resource>(object: &K) -> String {
    format!("{}-{}", K::RESOURCE.kind.to_lowercase(), object.name())
}

/// The same with a state.
struct Cards<K>(std::marker::PhantomData<fn() -> K>);

#[controller]
impl<K: Resource> Cards<K> {
    async fn reconcile(&self, object: Object<K>) -> Result<Action> {
        tracing::debug!("{}", object.name());
        Ok(Action::done())
    }
}

#[test]
fn two_instances_have_two_names() {
    let operator = Operator::new("cards")
        .controller(card::<Secret>)
        .controller(card::<Deployment>())
        .controller(card::<Site>)
        .controller(Cards::<Secret>(std::marker::PhantomData));
    let shown = format!("{operator:?}");
    let expected =
        r#"["card_secret", "card_deployment_apps", "card_site_test_example_com", "cards_secret"]"#;
    assert!(shown.contains(expected), "{shown}");
}

#[kube_testing::test]
async fn each_instance_does_its_own_with_the_permissions_of_both_and_no_more(cluster: Cluster) {
    let operator = || Operator::new("cards").controller(card::<Secret>).controller(card::<Site>);
    cluster.run(operator()).await;
    let secret: Secret = serde_json::from_value(json!({ "metadata": { "name": "key" } })).unwrap();
    cluster.create(&secret).await;
    cluster.create(&site("shop", "nginx")).await;
    cluster.settled().await;
    for name in ["secret-key", "site-shop"] {
        assert!(cluster.find::<ConfigMap>(name).await.is_some(), "{name}");
    }
    cluster.delete::<Secret>("key").await;
    cluster.delete::<Site>("shop").await;
    cluster.settled().await;
    assert!(cluster.find::<Secret>("key").await.is_none());
    assert!(cluster.find::<Site>("shop").await.is_none());
    Grants::of(&operator(), NAMESPACE).used_by(&cluster.journal()).exact().unwrap();
}
