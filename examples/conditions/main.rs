//! Conditions: what a reconcile says of its object, and what is said of one that fails. `-- --cluster` on the cluster of your kubeconfig.

#[path = "../ground.rs"]
mod ground;
#[path = "../played.rs"]
mod played;

use std::time::Duration;

use anyhow::Context as _;
use kube_runtime::core::Patch;
use kube_runtime::core::api::Event;
use kube_runtime::core::api::Watch;
use kube_runtime::prelude::*;
use serde_json::json;
use tracing::info;

use crate::ground::Ground;
use crate::played::played;

/// A loaf of bread.
#[derive(Resource, Clone, Debug)]
#[resource(
    group = "conditions.example.com",
    version = "v1",
    kind = "Loaf",
    plural = "loaves",
    namespaced
)]
#[resource(status = LoafStatus)]
pub struct LoafSpec {
    pub grams: u32,
}

#[derive(Schema, Clone, Debug, Default)]
pub struct LoafStatus {
    /// Merged by their types: other controllers may have theirs beside ours.
    pub conditions: Vec<Condition>,
}

/// Bakes what fits into the oven. It says `Baked`; `Ready` is said for it when it fails, and taken back when it does not.
#[controller]
async fn bake(loaf: Object<Loaf>, cx: Cx<Loaf>) -> Result<Action> {
    if loaf.spec.grams > 1000 {
        return Err(Terminal::because("the oven takes 1000 g").into());
    }
    let message = format!("{} g", loaf.spec.grams);
    let baked = cx.condition("Baked", true, "Golden", message);
    cx.status(|status| _ = status.conditions.set(baked.clone())).await?;
    Ok(Action::done())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let operator = Operator::new("baker").controller(bake);
    played(Ground::of("conditions").await?, operator, Duration::from_secs(30), tell).await
}

async fn tell(ground: &Ground) -> anyhow::Result<()> {
    let here = ground.client.namespace(ground.namespace.as_str());
    here.create(&Loaf::new("rye", LoafSpec { grams: 1500 })).await?;
    let mut watch = here.watch::<Loaf>().await?;
    until(&mut watch, "Ready", "False").await?;
    info!("it gets smaller");
    let smaller = Patch::Merge(json!({ "spec": { "grams": 750 } }));
    here.api::<Loaf>().patch("rye", smaller).await?;
    until(&mut watch, "Ready", "True").await?;
    Ok(())
}

/// Shows every change of the conditions until one is as it should be.
async fn until(watch: &mut Watch<Loaf>, type_: &str, status: &str) -> anyhow::Result<()> {
    loop {
        let event = watch.next().await?.context("the watch ended")?;
        let (Event::Added(loaf) | Event::Modified(loaf)) = event else { continue };
        let conditions = loaf.status.unwrap_or_default().conditions;
        for Condition { type_, status, reason, message, .. } in &conditions {
            info!("{type_}={status} {reason} {message}");
        }
        if conditions.find(type_).is_some_and(|found| found.status == status) {
            return Ok(());
        }
    }
}
