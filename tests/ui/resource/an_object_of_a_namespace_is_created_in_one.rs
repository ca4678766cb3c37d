use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube_core::{Client, Resource};

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", namespaced)]
pub struct ShopSpec {
    name: String,
}

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
pub struct TownSpec {
    name: String,
}

pub async fn create(client: Client, map: &ConfigMap, place: &Namespace, shop: &Shop, town: &Town) -> kube_core::Result<()> {
    client.cluster().create(place).await?;
    client.all::<Town>().create(town).await?;
    client.namespace("prod").create(map).await?;
    client.all::<Shop>().namespace("prod").create(shop).await?;
    client.cluster().create(map).await?;
    client.all::<ConfigMap>().create(map).await?;
    client.cluster().create(shop).await?;
    client.all::<Shop>().create(shop).await?;
    Ok(())
}

fn main() {}
