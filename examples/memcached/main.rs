//! kubebuilder's tutorial, played: a Memcached is made, scaled and deleted. `-- --cluster` on the cluster of your kubeconfig.

#[path = "../ground.rs"]
mod ground;
#[expect(dead_code, reason = "its own `main` is the entry of the example `memcached-operator`")]
mod operator;
#[path = "../played.rs"]
mod played;

use std::time::Duration;

use anyhow::Context as _;
use anyhow::ensure;
use k8s_openapi::api::apps::v1::Deployment;
use kube_runtime::core::Patch;
use kube_runtime::core::api::Event;
use kube_runtime::core::api::Watch;
use kube_runtime::prelude::*;
use serde_json::json;
use tracing::info;

use crate::ground::Ground;
use crate::operator::Flags;
use crate::operator::Memcached;
use crate::operator::MemcachedSpec;
use crate::operator::operator;
use crate::played::played;

const NAME: &str = "sessions";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let operator = operator().with_args(Flags { image: "memcached:1.6-alpine".to_owned() });
    let ground = Ground::of("memcached").await?;
    played(ground, operator, Duration::from_secs(120), tell).await
}

async fn tell(ground: &Ground) -> anyhow::Result<()> {
    let here = ground.client.namespace(ground.namespace.as_str());
    here.create(&Memcached::new(NAME, MemcachedSpec { size: 1, container_port: 11211 })).await?;
    let mut watch = here.watch::<Memcached>().await?;
    until(&mut watch, "Available", "1 of 1 ready").await?;
    info!("it grows");
    let size = |size: i32| Patch::Merge(json!({ "spec": { "size": size } }));
    here.api::<Memcached>().patch(NAME, size(3)).await?;
    until(&mut watch, "Available", "3 of 3 ready").await?;
    let deployment = here.get::<Deployment>(NAME).await?;
    ensure!(deployment.spec.replicas == Some(3), "the Deployment was not scaled");
    let refused = here.api::<Memcached>().patch(NAME, size(6)).await;
    info!("{}", refused.err().context("6 are too many")?.chain());
    info!("it is deleted");
    here.delete::<Memcached>(NAME).await?;
    until(&mut watch, "Degraded", &format!("{}/{NAME} is being", ground.namespace)).await?;
    while !matches!(next(&mut watch).await?, Event::Deleted(_)) {}
    Ok(())
}

async fn next(watch: &mut Watch<Memcached>) -> anyhow::Result<Event<Memcached>> {
    watch.next().await?.context("the watch ended")
}

/// Shows the conditions until one of them holds and says this.
async fn until(watch: &mut Watch<Memcached>, type_: &str, message: &str) -> anyhow::Result<()> {
    loop {
        let (Event::Added(cache) | Event::Modified(cache)) = next(watch).await? else { continue };
        let conditions = cache.status.unwrap_or_default().conditions;
        for Condition { type_, status, reason, message, .. } in &conditions {
            info!("{type_}={status} {reason}: {message}");
        }
        let found = conditions.find(type_).filter(|_| conditions.is_true(type_));
        if found.is_some_and(|found| found.message.starts_with(message)) {
            return Ok(());
        }
    }
}
