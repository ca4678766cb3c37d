use kube_core::{Client, Patch, Resource};

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", read_only)]
pub struct ShopSpec {
    name: String,
}

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", only_verbs(get, list, watch, patch))]
pub struct SignSpec {
    text: String,
}

pub async fn write(client: Client, shop: &Shop, sign: &Sign) -> kube_core::Result<()> {
    let shops = client.all::<Shop>();
    shops.get("shop").await?;
    shops.create(shop).await?;
    shops.apply(&Shop::named("shop").name("shop")).await?;
    shops.patch("shop", Patch::Merge(Default::default())).await?;
    shops.delete("shop").await?;
    shops.delete_collection().await?;
    let signs = client.cluster();
    signs.apply(&Sign::named("sign").text("open")).await?;
    signs.create(sign).await?;
    signs.delete::<Sign>("sign").await?;
    Ok(())
}

fn main() {}
