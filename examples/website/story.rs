//! The life of one Website, step by step: something is done, and a state follows in time or the story has failed.

use std::time::Duration;

use anyhow::Context as _;
use anyhow::bail;
use anyhow::ensure;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::events::v1::Event;
use kube_runtime::core::Patch;
use kube_runtime::core::api::Objects;
use kube_runtime::prelude::*;
use serde_json::json;
use tracing::info;

use crate::operator::Website;
use crate::operator::WebsiteSpec;
use crate::stage::Stage;

/// How long a state may take. A real garbage collector learns of a new kind only every half minute.
const DEADLINE: Duration = Duration::from_secs(120);
const NAME: &str = "shop";

/// Tells the whole story.
pub async fn tell(stage: &Stage) -> anyhow::Result<()> {
    let objects = stage.admin.namespace(stage.namespace.as_str());
    create(&objects).await?;
    scale(&objects).await?;
    change_the_image(&objects).await?;
    repair(&objects).await?;
    delete(&objects).await
}

async fn create(objects: &Objects) -> anyhow::Result<()> {
    info!("1. a Website is created: image nginx:1.27, 2 replicas");
    let spec = WebsiteSpec { image: "nginx:1.27".to_owned(), replicas: 2 };
    let site = objects.create(&Website::new(NAME, spec)).await?;
    let deployment = until("its Deployment is applied", async || deployment(objects).await).await?;
    let owner = deployment
        .metadata
        .owner_references
        .iter()
        .flatten()
        .next()
        .context("the Deployment has no owner")?;
    ensure!(
        Some(owner.uid.as_str()) == site.uid(),
        "the Deployment is owned by {} {}",
        owner.kind,
        owner.name
    );
    let managers = deployment.metadata.managed_fields.iter().flatten();
    let manager = managers
        .filter(|entry| entry.operation.as_deref() == Some("Apply"))
        .find_map(|entry| entry.manager.clone());
    info!(
        "   the Deployment is owned by the Website, its fields by manager `{}`",
        manager.context("nobody applied it")?
    );
    until("the Website's status says 2 ready", async || ready(objects, 2).await).await?;
    let event =
        until("an Event is recorded", async || event(objects, "2 of 2 ready").await).await?;
    info!("   the Event: {}: {}", event.reason.unwrap_or_default(), event.note.unwrap_or_default());
    Ok(())
}

async fn scale(objects: &Objects) -> anyhow::Result<()> {
    info!("2. replicas: 3");
    change(objects, json!({ "spec": { "replicas": 3 } })).await?;
    until("the Deployment follows", async || {
        Ok(deployment(objects).await?.filter(|live| live.spec.replicas == Some(3)))
    })
    .await?;
    until("the Website's status says 3 ready", async || ready(objects, 3).await).await
}

async fn change_the_image(objects: &Objects) -> anyhow::Result<()> {
    info!("3. image: nginx:1.28");
    change(objects, json!({ "spec": { "image": "nginx:1.28" } })).await?;
    until("the Deployment follows", async || {
        let image =
            |live: &Deployment| live.spec.template.spec.as_ref()?.containers.first()?.image.clone();
        Ok(deployment(objects).await?.filter(|live| image(live).as_deref() == Some("nginx:1.28")))
    })
    .await?;
    until("all 3 are ready again", async || ready(objects, 3).await).await
}

async fn repair(objects: &Objects) -> anyhow::Result<()> {
    info!("4. somebody deletes the Deployment by hand");
    let gone = deployment(objects).await?.context("there is a Deployment")?;
    objects.delete::<Deployment>(NAME).await?;
    until("it comes back, as a new one", async || {
        Ok(deployment(objects).await?.filter(|live| live.uid() != gone.uid()))
    })
    .await?;
    until("all 3 are ready again", async || ready(objects, 3).await).await
}

async fn delete(objects: &Objects) -> anyhow::Result<()> {
    info!("5. the Website is deleted");
    let site = objects.get::<Website>(NAME).await?;
    ensure!(
        site.metadata.finalizers.is_some_and(|all| !all.is_empty()),
        "the Website has no finalizer: its cleanup could be missed"
    );
    objects.delete::<Website>(NAME).await?;
    let released =
        until("its cleanup has run", async || event(objects, "the name is free again").await)
            .await?;
    info!(
        "   the Event: {}: {}",
        released.reason.unwrap_or_default(),
        released.note.unwrap_or_default()
    );
    until("its finalizer is gone, and so is the Website", async || {
        Ok(objects.get::<Website>(NAME).optional().await?.is_none().then_some(()))
    })
    .await?;
    until("the garbage collector has removed the Deployment", async || {
        Ok(deployment(objects).await?.is_none().then_some(()))
    })
    .await
}

async fn change(objects: &Objects, change: serde_json::Value) -> anyhow::Result<()> {
    objects.patch::<Website>(NAME, Patch::Merge(change)).await?;
    Ok(())
}

async fn deployment(objects: &Objects) -> anyhow::Result<Option<Deployment>> {
    Ok(objects.get(NAME).optional().await?)
}

async fn ready(objects: &Objects, count: i32) -> anyhow::Result<Option<()>> {
    let site = objects.get::<Website>(NAME).await?;
    let settled = deployment(objects).await?.is_some_and(|live| {
        let observed = live.status.as_ref().and_then(|status| status.observed_generation);
        observed == live.metadata.generation
            && live.status.is_some_and(|status| {
                status.updated_replicas == Some(count) && status.ready_replicas == Some(count)
            })
    });
    Ok((settled && site.status.is_some_and(|status| status.ready == count)).then_some(()))
}

async fn event(objects: &Objects, note: &str) -> anyhow::Result<Option<Event>> {
    let events = objects.list::<Event>().await?.items;
    let about = |event: &Event| {
        event.regarding.as_ref().is_some_and(|object| object.name.as_deref() == Some(NAME))
    };
    Ok(events.into_iter().find(|event| event.note.as_deref() == Some(note) && about(event)))
}

/// Looks until the state is there, or the deadline has passed.
async fn until<T>(
    state: &str,
    mut look: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let looking = async {
        let mut look_again = tokio::time::interval(Duration::from_millis(50));
        loop {
            look_again.tick().await;
            if let Some(found) = look().await? {
                return anyhow::Ok(found);
            }
        }
    };
    match tokio::time::timeout(DEADLINE, looking).await {
        Ok(found) => {
            let found = found.with_context(|| format!("while waiting until {state}"))?;
            info!("   {state}");
            Ok(found)
        }
        Err(_) => bail!("not reached within {} s: {state}", DEADLINE.as_secs()),
    }
}
