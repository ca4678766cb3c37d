use kube_core::api::Scale;
use kube_core::{Client, ObjectMeta, Resource};

#[derive(Resource, Clone, Debug)]
#[resource(existing = "apps/v1/Deployment", only_verbs(get, list, watch))]
#[resource(method(name = update_scale, verb = update, subresource = "scale", input = Scale, result = Scale))]
pub struct Scaled {
    metadata: ObjectMeta,
}

async fn scale(client: Client, scale: Scale) -> kube_core::Result<()> {
    let api = client.namespace("default").api::<Scaled>();
    let done: Scale = api.update_scale("web", &scale).await?;
    let not_a_scale: Scaled = api.update_scale("web", &done).await?;
    api.update_scale("web", &ObjectMeta::default()).await?;
    api.subresource::<Scale>("scale").replace("web", &scale).await?;
    Ok(())
}

fn main() {}
