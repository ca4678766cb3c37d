use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[controller(watches(ConfigMap, by = all, predicat = generation_changed), watches(ConfigMap, by = all, by = all))]
async fn stamp(_: Object<ConfigMap>, _: Cx<ConfigMap>) -> Result<Action> {
    Ok(Action::done())
}

fn main() {}
