use std::collections::BTreeMap;

use kube_core::{Client, ObjectMeta, Resource};

#[derive(Resource, Clone, Debug)]
#[resource(existing = "v1/ConfigMap")]
pub struct Settings {
    metadata: ObjectMeta,
    data: Option<BTreeMap<String, String>>,
}

pub async fn write(client: Client, settings: &Settings) -> kube_core::Result<()> {
    client.all::<Settings>().replace(settings).await?;
    client.namespace("default").replace(settings).await?;
    client.all::<Settings>().modify("settings", |settings| settings.data = None).await?;
    client.all::<Settings>().status().replace(settings).await?;
    Ok(())
}

fn main() {}
