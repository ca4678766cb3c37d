use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[controller(index(ConfigMap, |map: &ConfigMap| [map.name().to_owned()], 3, "not a label"), index(ConfigMap))]
async fn stamp(_: Object<ConfigMap>, _: Cx<ConfigMap>) -> Result<Action> {
    Ok(Action::done())
}

fn main() {}
