//! Objects of kinds that are known only at run time: a word finds the kind, an object is metadata and JSON.

#[path = "../gadgets.rs"]
mod gadgets;
#[path = "../ground.rs"]
mod ground;

use anyhow::Context as _;
use anyhow::ensure;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_runtime::core::DynamicObject;
use kube_runtime::core::JsonPath;
use kube_runtime::core::Patch;
use kube_runtime::core::api::has_condition;
use kube_runtime::prelude::*;
use serde_json::json;
use tracing::info;

use crate::ground::Ground;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let ground = Ground::of("unstructured").await?;
    let (client, namespace) = (&ground.client, ground.namespace.as_str());
    let definitions = client.all::<CustomResourceDefinition>();
    let definition = gadgets::definition(&format!("{namespace}.example.com"))?;
    definitions.create(&definition).await?;
    definitions.until(definition.name(), has_condition("Established", "True")).await?;

    // A plural, a singular, a kind or a short name; with the group where it must be told from others.
    let word = definition.name().replace("gadgets", "gad");
    let gadgets = client.dynamic(&word).namespace(namespace);
    for size in 1..=3 {
        let object =
            json!({ "metadata": { "name": format!("lamp-{size}") }, "spec": { "size": size } });
        gadgets.create(&serde_json::from_value::<DynamicObject>(object)?).await?;
    }
    let big = gadgets.patch("lamp-1", Patch::Merge(json!({ "spec": { "size": 9 } }))).await?;
    info!("a {} of {}: {}", big.kind, big.api_version, big.data["spec"]);
    ensure!(big.data["spec"]["size"] == 9, "it is not big: {:?}", big.data);

    // Its status is a subresource as that of any kind.
    let lit = Patch::Merge(json!({ "status": { "size": 9 } }));
    gadgets.status().patch("lamp-1", lit).await?;

    let list = gadgets.list().await?;
    let whole = json!({ "items": list.items });
    let sizes = JsonPath::new("{range .items[*]}{.metadata.name}={.spec.size} {end}")?;
    let sizes = sizes.render(&whole)?;
    info!("by a path: {sizes}");
    ensure!(sizes == "lamp-1=9 lamp-2=2 lamp-3=3 ", "they are {sizes}");

    // Built-in kinds are the same, and an object goes from one form to the other.
    let maps = client.dynamic_kind("v1", "ConfigMap").namespace(namespace);
    let map: ConfigMap = serde_json::from_value(json!({
        "metadata": { "name": "note" }, "data": { "k": "v" },
    }))?;
    let created = maps.create(&DynamicObject::of(&map)?).await?;
    ensure!(created.decode::<ConfigMap>()?.data == map.data, "the data are lost: {created:?}");

    let unknown = client.dynamic("gizmos").namespace(namespace).get("x").await;
    let error = unknown.err().context("there is no such kind")?;
    info!("a kind that is not there: {}", error.chain());
    ensure!(error.is_not_found(), "{}", error.chain());
    definitions.delete(definition.name()).await?;
    ground.leave().await
}
