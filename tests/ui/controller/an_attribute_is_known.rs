use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[controller(own(ConfigMap), worker = 4, concurrency = 3)]
async fn stamp(_: Object<ConfigMap>, _: Cx<ConfigMap>) -> Result<Action> {
    Ok(Action::done())
}

fn main() {}
