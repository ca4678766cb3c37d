//! How many of something there are to be, whatever it is: a built-in kind, or one that somebody else defined.

#[path = "../gadgets.rs"]
mod gadgets;
#[path = "../ground.rs"]
mod ground;

use anyhow::Context as _;
use anyhow::ensure;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_runtime::core::DynamicObject;
use kube_runtime::core::api::has_condition;
use kube_runtime::prelude::*;
use serde_json::json;
use tracing::info;

use crate::ground::Ground;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let ground = Ground::of("scale").await?;
    let (client, namespace) = (&ground.client, ground.namespace.as_str());
    let here = client.namespace(namespace);
    let deployment: Deployment = serde_json::from_value(json!({
        "metadata": { "name": "web" },
        "spec": {
            "replicas": 1, "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "web", "image": "nginx:1.27" }] },
            },
        },
    }))?;
    here.create(&deployment).await?;
    let definitions = client.all::<CustomResourceDefinition>();
    let definition = gadgets::definition(&format!("{namespace}.example.com"))?;
    definitions.create(&definition).await?;
    definitions.until(definition.name(), has_condition("Established", "True")).await?;
    let gadgets = client.dynamic(definition.name()).namespace(namespace);
    let gadget = json!({ "metadata": { "name": "web" }, "spec": { "size": 1 } });
    gadgets.create(&serde_json::from_value::<DynamicObject>(gadget)?).await?;

    // Nothing here knows where in its object a kind keeps the number.
    for word in ["deploy", definition.name()] {
        let scales = client.dynamic(word).namespace(namespace).scale();
        let mut scale = scales.set("web", 3).await?;
        let spec = scale.spec.as_mut().context("a scale says how many there are to be")?;
        ensure!(spec.replicas == Some(3), "{word}: {spec:?}");
        info!("{word}: there are to be 3");

        // With its revision: refused if somebody came in between.
        spec.replicas = Some(5);
        scales.set("web", 4).await?;
        let late = scales.replace("web", &scale).await;
        let error = late.err().context("somebody came in between")?;
        info!("{word}: {}", error.chain());
        ensure!(error.is_conflict(), "{}", error.chain());
    }
    let web = here.get::<Deployment>("web").await?;
    ensure!(web.spec.replicas == Some(4), "the Deployment is not scaled");
    ensure!(gadgets.get("web").await?.data["spec"]["size"] == 4, "the Gadget is not scaled");

    let none = client.dynamic("cm").namespace(namespace).scale().get("web").await;
    let error = none.err().context("ConfigMaps cannot be scaled")?;
    info!("a kind without a scale: {}", error.chain());
    definitions.delete(definition.name()).await?;
    ground.leave().await
}
