//! Objects of which only the metadata travel: enough to list, follow, label and delete what may be large or secret.

#[path = "../ground.rs"]
mod ground;

use anyhow::Context as _;
use anyhow::ensure;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube_runtime::core::Patch;
use kube_runtime::core::api::Event;
use kube_runtime::prelude::*;
use serde_json::json;
use tracing::info;

use crate::ground::Ground;

const LABEL: &str = "app=vault";

fn secret(name: &str) -> Secret {
    Secret {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            labels: Some([("app".to_owned(), "vault".to_owned())].into()),
            ..ObjectMeta::default()
        },
        data: Some([("key".to_owned(), ByteString(vec![7; 1 << 16]))].into()),
        ..Secret::default()
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let ground = Ground::of("metadata").await?;
    let client = &ground.client;
    let secrets = client.namespace(ground.namespace.as_str()).api::<Secret>();
    for name in ["gold", "silver"] {
        secrets.create(&secret(name)).await?;
    }

    let heads = client.metadata::<Secret>().namespace(ground.namespace.as_str());
    let list = heads.list().labels(LABEL).await?;
    let bytes = serde_json::to_vec(&list.items)?.len();
    info!("{} Secrets of 64 KiB each, listed in {bytes} bytes", list.items.len());
    ensure!(list.items.len() == 2 && bytes < 4096, "{bytes} bytes are more than metadata");

    let since = list.metadata.resource_version;
    let mut watch = heads.watch().labels(LABEL).resource_version(since).resumed();
    let note = Patch::Merge(json!({ "metadata": { "annotations": { "checked": "today" } } }));
    heads.patch("gold", note).await?;
    let event = watch.next().await?.context("the watch ended")?;
    let Event::Modified(head) = event else { anyhow::bail!("not what was done: {event:?}") };
    info!("watched: {} has {:?}", head.name(), head.metadata.annotations);
    let whole = secrets.get("gold").await?;
    ensure!(whole.data == secret("gold").data, "what did not travel is not as it was");

    heads.delete("silver").uid(list.items[1].uid().context("it has no uid")?).await?;
    let event = watch.next().await?.context("the watch ended")?;
    let Event::Deleted(head) = event else { anyhow::bail!("not what was done: {event:?}") };
    info!("watched: {} is gone", head.name());

    // So can kinds be that are known only at run time.
    let heads = client.dynamic("secret").namespace(ground.namespace.as_str()).metadata_only();
    let left = heads.list().labels(LABEL).await?;
    ensure!(left.items.len() == 1, "{} are left", left.items.len());
    ground.leave().await
}
