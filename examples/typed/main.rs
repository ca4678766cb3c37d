//! A typed client: the type says group, version and path; each verb is a builder that is sent when it is awaited.

#[path = "../ground.rs"]
mod ground;

use std::time::Duration;

use anyhow::Context as _;
use anyhow::ensure;
use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::core::Api;
use kube_runtime::core::Patch;
use kube_runtime::core::api::Event;
use kube_runtime::prelude::*;
use serde_json::json;
use tracing::info;

use crate::ground::Ground;

const LABEL: &str = "fruit=true";

fn map(name: &str, colour: &str) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            labels: Some([("fruit".to_owned(), "true".to_owned())].into()),
            ..ObjectMeta::default()
        },
        data: Some([("colour".to_owned(), colour.to_owned())].into()),
        ..ConfigMap::default()
    }
}

fn colour(map: &ConfigMap) -> Option<&str> {
    map.data.as_ref()?.get("colour").map(String::as_str)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let ground = Ground::of("typed").await?;
    let maps = ground.client.namespace(ground.namespace.as_str()).api::<ConfigMap>();
    for (name, colour) in [("apple", "green"), ("cherry", "red"), ("lemon", "yellow")] {
        maps.create(&map(name, colour)).await?;
    }
    pages(&maps).await?;
    changes(&maps).await?;
    apply(&maps).await?;
    deletions(&maps).await?;
    ground.leave().await
}

/// However many there are, one page at a time is in memory.
async fn pages(maps: &Api<ConfigMap>) -> anyhow::Result<()> {
    let mut pages = maps.list().labels(LABEL).pages(2);
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await? {
        let names: Vec<&str> = page.items.iter().map(ResourceExt::name).collect();
        info!("a page at revision {}: {names:?}", page.metadata.resource_version);
        sizes.push(names.len());
    }
    ensure!(sizes == [2, 1], "the pages have {sizes:?} objects");
    Ok(())
}

/// A watch tells what happens; `until` waits for a state, whether it is there already or comes.
async fn changes(maps: &Api<ConfigMap>) -> anyhow::Result<()> {
    let since = maps.list().await?.metadata.resource_version;
    // One that the server ends goes on where it was.
    let mut watch = maps.watch().labels(LABEL).resource_version(since).resumed();
    let ripe = maps.until("apple", |map: Option<&ConfigMap>| map.and_then(colour) == Some("red"));
    let change = Patch::Merge(json!({ "data": { "colour": "red" } }));
    let (patched, ripe) = tokio::join!(async { maps.patch("apple", change).await }, async {
        ripe.within(Duration::from_secs(30)).await
    });
    ensure!(ripe?.is_some(), "there is no apple");
    patched?;
    let event = watch.next().await?.context("the watch ended")?;
    let Event::Modified(seen) = event else { anyhow::bail!("not what was done: {event:?}") };
    info!("watched: {} is {:?}", seen.name(), colour(&seen));

    let test = json!([
        { "op": "test", "path": "/data/colour", "value": "blue" },
        { "op": "remove", "path": "/data/colour" },
    ]);
    let refused = maps.patch("apple", Patch::Json(serde_json::from_value(test)?)).await;
    let error = refused.err().context("it is not blue")?;
    ensure!(error.is_invalid(), "{}", error.chain());
    info!("a JSON patch with a test: {}", error.chain());
    Ok(())
}

/// Fields belong to whoever applied them.
async fn apply(maps: &Api<ConfigMap>) -> anyhow::Result<()> {
    maps.apply(&map("plum", "blue")).field_manager("painter").await?;
    let stranger = maps.apply(&map("plum", "pink")).field_manager("stranger").await;
    let error = stranger.err().context("the colour is the painter's")?;
    ensure!(error.is_conflict(), "{}", error.chain());
    info!("a stranger applies: {}", error.chain());
    let forced = maps.apply(&map("plum", "pink")).field_manager("stranger").force(true).await?;
    ensure!(colour(&forced) == Some("pink"), "it is {:?}", colour(&forced));
    Ok(())
}

/// What was meant is deleted, and nothing that came in its place.
async fn deletions(maps: &Api<ConfigMap>) -> anyhow::Result<()> {
    let seen = maps.get("cherry").await?;
    maps.modify("cherry", |map| _ = map.data.take()).await?;
    let revision = seen.metadata.resource_version.clone().context("it has no revision")?;
    let stale = maps.delete("cherry").resource_version(revision).await;
    let error = stale.err().context("it has changed since")?;
    ensure!(error.is_conflict(), "{}", error.chain());
    info!("deleted as it was: {}", error.chain());
    maps.delete("cherry").uid(seen.uid().context("it has no uid")?).await?;
    ensure!(maps.get("cherry").optional().await?.is_none(), "it is still there");

    maps.delete_collection().labels(LABEL).dry_run(true).await?;
    ensure!(maps.list().labels(LABEL).await?.items.len() == 3, "a dry run deleted something");
    maps.delete_collection().labels(LABEL).await?;
    ensure!(maps.list().labels(LABEL).await?.items.is_empty(), "something is left");
    Ok(())
}
