//! Dependents that come and go in order, and a set that is pruned. `-- --cluster` on the cluster of your kubeconfig.

#[path = "../ground.rs"]
mod ground;
#[path = "../played.rs"]
mod played;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::apps::v1::DeploymentSpec;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Container;
use k8s_openapi::api::core::v1::PodSpec;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube_runtime::core::Patch;
use kube_runtime::core::api::Event;
use kube_runtime::prelude::*;
use serde_json::json;
use tracing::info;

use crate::ground::Ground;
use crate::played::played;

/// A shop: a database, and a front that needs it; a ConfigMap for each of its languages.
#[derive(Resource, Clone, Debug)]
#[resource(group = "ordered.example.com", version = "v1", kind = "Shop", namespaced)]
#[resource(status = ShopStatus)]
pub struct ShopSpec {
    pub languages: Vec<String>,
}

#[derive(Schema, Clone, Debug, Default)]
pub struct ShopStatus {
    pub open: bool,
}

/// The front comes when the database is there. What is not ready yet comes back here when it changes: nobody polls.
#[controller(
    owns(Deployment, ConfigMap),
    permissions(Deployment: delete, ConfigMap: delete),
    cleanup = close
)]
async fn shop(shop: Object<Shop>, cx: Cx<Shop>) -> Result<Action> {
    let mut texts = cx.apply_set();
    for language in &shop.spec.languages {
        texts.apply(text(language)).await?;
    }
    texts.prune().await?;
    for name in ["database", "front"] {
        if !is_ready(&cx.apply(deployment(name)).await?) {
            return Ok(Action::wait());
        }
    }
    cx.status(|status| status.open = true).await?;
    Ok(Action::done())
}

/// The front goes first, and the database when it is gone.
async fn close(cx: Cx<Shop>) -> Result<Action> {
    for name in ["front", "database"] {
        if !cx.gone::<Deployment>(name).await? {
            return Ok(Action::wait());
        }
    }
    Ok(Action::done())
}

fn is_ready(live: &Deployment) -> bool {
    live.status.as_ref().is_some_and(|status| status.ready_replicas == Some(1))
}

fn text(language: &str) -> ConfigMap {
    let metadata = ObjectMeta { name: Some(format!("text-{language}")), ..Default::default() };
    ConfigMap { metadata, ..ConfigMap::default() }
}

fn deployment(name: &str) -> Deployment {
    let labels = Some(BTreeMap::from([("part".to_owned(), name.to_owned())]));
    let image = Some("registry.example.com/shop:1.0".to_owned());
    let container = Container { name: name.to_owned(), image, ..Default::default() };
    let pod = PodSpec { containers: vec![container], ..Default::default() };
    let selector = LabelSelector { match_labels: labels.clone(), ..Default::default() };
    let metadata = Some(ObjectMeta { labels, ..Default::default() });
    let template = PodTemplateSpec { metadata, spec: Some(pod) };
    let spec = DeploymentSpec { replicas: Some(1), selector, template, ..Default::default() };
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..Default::default() };
    Deployment { metadata, spec, ..Default::default() }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let operator = Operator::new("shops").controller(shop);
    played(Ground::of("ordered").await?, operator, Duration::from_secs(60), tell).await
}

async fn tell(ground: &Ground) -> anyhow::Result<()> {
    let here = ground.client.namespace(ground.namespace.as_str());
    let mut deployments = here.watch::<Deployment>().await?;
    let mut shops = here.watch::<Shop>().await?;
    let mut texts = here.watch::<ConfigMap>().await?;
    let languages = vec!["de".to_owned(), "en".to_owned()];
    here.create(&Shop::new("corner", ShopSpec { languages })).await?;
    let open = |shop: &Shop| shop.status.as_ref().is_some_and(|status| status.open);
    while !matches!(shops.next().await?.context("the watch ended")?, Event::Modified(shop) if open(&shop))
    {
    }
    info!("the shop is open");

    let fewer = Patch::Merge(json!({ "spec": { "languages": ["en"] } }));
    here.api::<Shop>().patch("corner", fewer).await?;
    while !matches!(texts.next().await?.context("the watch ended")?, Event::Deleted(_)) {}
    info!("the text that nobody asks for any more is pruned");

    here.delete::<Shop>("corner").await?;
    let (mut came, mut went) = (Vec::new(), Vec::new());
    while went.len() < 2 {
        match deployments.next().await?.context("the watch ended")? {
            Event::Added(deployment) => came.push(deployment.name().to_owned()),
            Event::Deleted(deployment) => went.push(deployment.name().to_owned()),
            _ => {}
        }
    }
    info!("came: {came:?}; went: {went:?}");
    anyhow::ensure!(came == ["database", "front"] && went == ["front", "database"], "out of order");
    Ok(())
}
