//! The informer by hand, as users of client-go know it: a cache with an index, three callbacks, a lister.

#[path = "../ground.rs"]
mod ground;

use std::time::Duration;

use anyhow::Context as _;
use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::informer::Gone;
use kube_runtime::informer::Informers;
use kube_runtime::prelude::*;
use tokio::sync::mpsc;
use tracing::info;

use crate::ground::Ground;

fn tier(map: &ConfigMap) -> Option<String> {
    map.data.as_ref()?.get("tier").cloned()
}

fn map(name: &str, tier: &str) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() },
        data: Some([("tier".to_owned(), tier.to_owned())].into()),
        ..ConfigMap::default()
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let ground = Ground::of("informer").await?;
    let maps = ground.client.namespace(ground.namespace.as_str());
    maps.create(&map("before", "gold")).await?;

    let (tell, mut told) = mpsc::unbounded_channel();
    let (adds, updates, deletions) = (tell.clone(), tell.clone(), tell);
    let informers = Informers::new(ground.client.clone()).namespace(ground.namespace.as_str());
    let cached = informers
        .of::<ConfigMap>()
        .index(tier)
        .on_add(move |new| _ = adds.send(format!("added {}", new.name())))
        .on_update(move |old, new| {
            _ = updates.send(format!("{} was {:?}, is {:?}", new.name(), tier(&old), tier(&new)));
        })
        .on_delete(move |gone| {
            _ = deletions.send(match gone {
                Gone::Seen(last) => format!("deleted {}", last.name()),
                Gone::FinalStateUnknown(last) => format!("gone, unseen: {}", last.name()),
            });
        });

    let shutdown = Shutdown::new();
    let story = async {
        cached.synced().await;
        info!("synced: {} ConfigMaps are cached", cached.lister().list().len());
        maps.create(&map("web", "gold")).await?;
        maps.apply(&map("web", "silver")).field_manager("example").force(true).await?;
        maps.delete::<ConfigMap>("web").await?;
        let limit = Duration::from_secs(30);
        loop {
            let line = tokio::time::timeout(limit, told.recv()).await?.context("it goes on")?;
            info!("{line}");
            if line == "deleted web" {
                break;
            }
        }
        let gold = cached.lister().by(tier, &"gold".to_owned());
        info!("gold, by the index: {:?}", gold.iter().map(|map| map.name()).collect::<Vec<_>>());
        anyhow::ensure!(gold.len() == 1, "the index has {} objects", gold.len());
        anyhow::Ok(())
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
