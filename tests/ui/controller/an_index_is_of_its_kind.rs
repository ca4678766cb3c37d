use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use kube_runtime::prelude::*;

#[controller(index(ConfigMap, by_type))]
async fn stamp(_: Object<ConfigMap>, _: Cx<ConfigMap>) -> Result<Action> {
    Ok(Action::done())
}

fn by_type(secret: &Secret) -> Option<String> {
    secret.type_.clone()
}

fn main() {}
