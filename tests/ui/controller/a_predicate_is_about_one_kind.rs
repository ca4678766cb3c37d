use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use kube_runtime::prelude::*;

#[controller(owns(ConfigMap, Secret, predicate = generation_changed), watches(Secret, by = all, Secret))]
async fn stamp(_: Object<ConfigMap>, _: Cx<ConfigMap>) -> Result<Action> {
    Ok(Action::done())
}

fn main() {}
