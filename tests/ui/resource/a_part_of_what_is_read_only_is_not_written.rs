use kube_core::{Client, Patch, Resource};

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", read_only)]
pub struct ShopSpec {
    name: String,
}

pub async fn write(client: Client) -> kube_core::Result<()> {
    let shops = client.all::<Shop>();
    let doors = shops.subresource::<kube_core::DynamicObject>("doors");
    doors.get("shop").await?;
    doors.patch("shop", Patch::Merge(Default::default())).await?;
    doors.replace("shop", &()).await?;
    doors.create::<_, _, ()>("shop", &()).await?;
    doors.delete("shop").await?;
    shops.scale().set("shop", 3).await?;
    Ok(())
}

fn main() {}
