//! Watches of kinds that nobody knew when this was compiled: for every CRD that comes an informer is opened, and closed when the CRD goes.

#[path = "../gadgets.rs"]
mod gadgets;
#[path = "../ground.rs"]
mod ground;

use std::time::Duration;

use anyhow::Context as _;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_runtime::core::ApiResource;
use kube_runtime::core::DynamicObject;
use kube_runtime::core::Scope;
use kube_runtime::informer::Informers;
use kube_runtime::prelude::*;
use serde_json::json;
use tokio::sync::mpsc;
use tracing::info;

use crate::ground::Ground;

/// The kind that a CRD teaches, in the version that is stored.
fn taught(crd: &CustomResourceDefinition) -> Option<ApiResource> {
    let stored = crd.spec.versions.iter().find(|version| version.storage)?;
    Some(ApiResource {
        group: crd.spec.group.clone().into(),
        version: stored.name.clone().into(),
        kind: crd.spec.names.kind.clone().into(),
        plural: crd.spec.names.plural.clone().into(),
        scope: if crd.spec.scope == "Cluster" { Scope::Cluster } else { Scope::Namespaced },
    })
}

fn is_established(crd: &CustomResourceDefinition) -> bool {
    let conditions = crd.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions
        .into_iter()
        .any(|condition| condition.type_ == "Established" && condition.status == "True")
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let ground = Ground::of("dynamic").await?;
    let group = format!("{}.example.com", ground.namespace);
    let (tell, mut told) = mpsc::unbounded_channel();
    let informers = Informers::new(ground.client.clone());
    let (opening, closing, ours, closed) =
        (informers.clone(), informers.clone(), group.clone(), tell.clone());
    let crds = informers
        .of::<CustomResourceDefinition>()
        .on_update(move |old, new| {
            // A cluster may have kinds of other people.
            let news = new.spec.group == ours && !is_established(&old) && is_established(&new);
            let Some(resource) = taught(&new).filter(|_| news) else { return };
            let (kind, objects) = (resource.to_string(), tell.clone());
            let _gadgets = opening.dynamic(resource).on_add(move |object| {
                let size = &object.data["spec"]["size"];
                _ = objects.send(format!("a {} `{}` of size {size}", object.kind, object.name()));
            });
            _ = tell.send(format!("{kind} is a new kind, and watched"));
        })
        .on_delete(move |gone| {
            if let Some(resource) = taught(gone.last_known()) {
                closing.remove(&resource);
                _ = closed.send(format!("{resource} is watched no longer"));
            }
        });
    let mut next = async || {
        let line = tokio::time::timeout(Duration::from_secs(60), told.recv()).await?;
        info!("{}", line.context("it goes on")?);
        anyhow::Ok(())
    };
    let shutdown = Shutdown::new();
    let story = async {
        crds.synced().await;
        let cluster = ground.client.cluster();
        cluster.create(&gadgets::definition(&group)?).await?;
        next().await?;
        let kind = format!("gadgets.{group}");
        let gadget: DynamicObject = serde_json::from_value(json!({
            "metadata": { "name": "lamp" }, "spec": { "size": 3 },
        }))?;
        let gadgets = ground.client.dynamic(&kind).namespace(ground.namespace.as_str());
        gadgets.create(&gadget).await?;
        next().await?;
        cluster.delete::<CustomResourceDefinition>(kind.as_str()).await?;
        next().await
    };
    let (ran, told) = tokio::join!(informers.run(shutdown.clone()), async {
        let told = story.await;
        shutdown.begin();
        told
    });
    ran?;
    ground.leave().await?;
    told
}
