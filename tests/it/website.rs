//! The example's operator under the kit: what its user sees, in milliseconds and on a clock that stands still.

#[path = "../../examples/website/operator.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "its own `main` is the entry of the example `website-operator`"
)]
pub(crate) mod operator;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::events::v1::Event;
use kube_core::ResourceExt as _;
use kube_testing::Cluster;
use serde_json::json;

use operator::Website;
use operator::WebsiteSpec;
use operator::operator;

fn shop(replicas: i32) -> Website {
    Website::new("shop", WebsiteSpec { image: "nginx".to_owned(), replicas })
}

async fn ready(cluster: &Cluster) -> i32 {
    cluster.get::<Website>("shop").await.status.map_or(0, |status| status.ready)
}

#[kube_testing::test]
async fn a_website_gets_its_deployment_and_its_status_follows(cluster: Cluster) {
    cluster.run(operator()).await;
    let site = cluster.create(&shop(3)).await;
    cluster.settled().await;
    let deployment = cluster.get::<Deployment>("shop").await;
    assert_eq!(deployment.spec.replicas, Some(3));
    let owner = &deployment.metadata.owner_references.as_ref().unwrap()[0];
    assert_eq!(
        (owner.kind.as_str(), Some(owner.uid.as_str()), owner.controller),
        ("Website", site.uid(), Some(true))
    );
    let managers = deployment.metadata.managed_fields.unwrap();
    assert!(managers.iter().any(|entry| entry.operation.as_deref() == Some("Apply")
        && entry.manager.as_deref() == Some("website")));
    assert_eq!(ready(&cluster).await, 0, "no Pod is ready at once");
    cluster.advance("1m").await;
    assert_eq!(ready(&cluster).await, 3);
    let reasons: Vec<_> =
        cluster.list::<Event>().await.into_iter().filter_map(|event| event.reason).collect();
    assert!(reasons.contains(&"Scaled".to_owned()), "{reasons:?}");
}

#[kube_testing::test]
async fn a_changed_website_changes_its_deployment(cluster: Cluster) {
    cluster.run(operator()).await;
    cluster.create(&shop(1)).await;
    cluster.advance("1m").await;
    cluster
        .patch::<Website>("shop", json!({ "spec": { "replicas": 2, "image": "nginx:2" } }))
        .await;
    cluster.settled().await;
    let spec = cluster.get::<Deployment>("shop").await.spec;
    assert_eq!(spec.replicas, Some(2));
    assert_eq!(spec.template.spec.unwrap().containers[0].image.as_deref(), Some("nginx:2"));
    cluster.advance("1m").await;
    assert_eq!(ready(&cluster).await, 2);
}

#[kube_testing::test]
async fn a_deployment_that_somebody_deletes_comes_back(cluster: Cluster) {
    cluster.run(operator()).await;
    cluster.create(&shop(1)).await;
    cluster.advance("1m").await;
    let first = cluster.get::<Deployment>("shop").await;
    cluster.delete::<Deployment>("shop").await;
    cluster.settled().await;
    let second = cluster.get::<Deployment>("shop").await;
    assert_ne!(first.uid(), second.uid());
}

#[kube_testing::test]
async fn a_deleted_website_is_cleaned_up_and_its_deployment_collected(cluster: Cluster) {
    cluster.run(operator()).await;
    cluster.create(&shop(1)).await;
    cluster.advance("1m").await;
    assert!(!cluster.get::<Website>("shop").await.metadata.finalizers.unwrap().is_empty());
    cluster.delete::<Website>("shop").await;
    cluster.advance("1m").await;
    assert!(cluster.find::<Website>("shop").await.is_none());
    assert!(cluster.find::<Deployment>("shop").await.is_none());
}

#[kube_testing::test]
async fn an_operator_that_restarts_writes_nothing_when_nothing_changed(cluster: Cluster) {
    cluster.run(operator()).await;
    cluster.create(&shop(1)).await;
    cluster.advance("1m").await;
    cluster.stop().await;
    let versions = |site: &Website, deployment: &Deployment| {
        (
            site.resource_version().map(str::to_owned),
            deployment.resource_version().map(str::to_owned),
        )
    };
    let before = versions(&cluster.get("shop").await, &cluster.get("shop").await);
    cluster.run(operator()).await;
    cluster.advance("10m").await;
    assert_eq!(versions(&cluster.get("shop").await, &cluster.get("shop").await), before);
}

#[kube_testing::test]
async fn the_generated_role_is_enough(cluster: Cluster) {
    cluster.run(operator()).await;
    cluster.create(&shop(1)).await;
    cluster.advance("1m").await;
    cluster.delete::<Website>("shop").await;
    cluster.advance("1m").await;
    let refused: Vec<_> = cluster
        .journal()
        .into_iter()
        .filter(|entry| entry.status == 403 || entry.status == 401)
        .collect();
    assert!(refused.is_empty(), "{refused:?}");
}

#[kube_testing::test]
async fn a_value_that_the_schema_refuses_never_reaches_the_operator(cluster: Cluster) {
    cluster.run(operator()).await;
    let error = cluster.client().namespace("default").create(&shop(11)).await.unwrap_err();
    assert!(error.is_invalid());
    let line = error.chain();
    assert!(line.contains("spec.replicas") && line.contains("less than or equal to 10"), "{line}");
}

#[kube_testing::test]
async fn hundreds_of_websites_all_get_their_turn_also_when_they_are_deleted_in_the_rush(
    cluster: Cluster,
) {
    cluster.run(operator()).await;
    for number in 0..300 {
        let spec = WebsiteSpec { image: "nginx".to_owned(), replicas: 1 };
        cluster.create(&Website::new(format!("site-{number:03}"), spec)).await;
    }
    // Some are deleted before they had their first turn, the others once they are done.
    for number in 270..300 {
        cluster.delete::<Website>(&format!("site-{number:03}")).await;
    }
    cluster.advance("10m").await;
    assert_eq!(
        cluster
            .list::<Website>()
            .await
            .iter()
            .filter(|site| site.status.as_ref().is_some_and(|status| status.ready == 1))
            .count(),
        270
    );
    assert_eq!(cluster.list::<Deployment>().await.len(), 270);
    for number in 0..270 {
        cluster.delete::<Website>(&format!("site-{number:03}")).await;
    }
    cluster.advance("10m").await;
    assert!(cluster.list::<Website>().await.is_empty());
    assert!(cluster.list::<Deployment>().await.is_empty());
}
