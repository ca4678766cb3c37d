//! The life of an example with one operator: its kinds are installed, its story is told while it runs, and everything is taken away.

use std::time::Duration;

use anyhow::Context as _;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_runtime::prelude::*;

use crate::ground::Ground;

/// Fails when the story does, or is not over within `limit`.
pub async fn played(
    ground: Ground,
    operator: Operator,
    limit: Duration,
    story: impl AsyncFnOnce(&Ground) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let definitions = operator.crds();
    let policies = operator.admission_policies()?;
    let account = ground.account(&operator).await?;
    let shutdown = Shutdown::new();
    let running = operator.start(account.client.clone(), shutdown.clone()).await?;
    let told = tokio::time::timeout(limit, story(&ground)).await;
    shutdown.begin();
    running.stopped().await?;
    let exact = ground.dismiss(account).await;
    for definition in definitions {
        ground.client.all::<CustomResourceDefinition>().delete(definition.name()).await?;
    }
    for policy in policies {
        let text = |member: &str| policy[member].as_str().unwrap_or_default();
        let api = ground.client.dynamic_kind(text("apiVersion"), text("kind"));
        api.delete(policy["metadata"]["name"].as_str().unwrap_or_default()).await?;
    }
    ground.leave().await?;
    told.with_context(|| format!("not over in {} s", limit.as_secs()))??;
    exact
}
