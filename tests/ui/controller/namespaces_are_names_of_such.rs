use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[controller(namespaces = ["Prod", "prod", "prod", 5])]
async fn stamp(_: Object<ConfigMap>) -> Result<Action> {
    Ok(Action::done())
}

#[controller(namespaces = "prod")]
async fn seal(_: Object<ConfigMap>) -> Result<Action> {
    Ok(Action::done())
}

#[controller(namespaces = [])]
async fn sign(_: Object<ConfigMap>) -> Result<Action> {
    Ok(Action::done())
}

fn main() {}
