use kube_runtime::prelude::*;

#[derive(Resource, Clone, Debug)]
#[resource(existing = "v1/ConfigMap", read_only)]
pub struct Settings {
    metadata: ObjectMeta,
}

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", read_only, status = ShopStatus)]
pub struct ShopSpec {
    name: String,
}

#[derive(Schema, Clone, Debug, Default)]
pub struct ShopStatus {
    open: bool,
}

#[controller(owns(Settings))]
async fn shop(_shop: Object<Shop>, cx: Cx<Shop>) -> Result<Action> {
    cx.apply(Settings::named("settings")).await?;
    cx.delete::<Settings>("settings").await?;
    cx.status(|status| status.open = true).await?;
    Ok(Action::done())
}

fn main() {
    _ = shop;
}
