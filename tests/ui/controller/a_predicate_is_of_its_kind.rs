use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use kube_runtime::prelude::*;

#[controller(predicate = is_typed, owns(Secret, predicate = is_even))]
async fn stamp(_: Object<ConfigMap>, _: Cx<ConfigMap>) -> Result<Action> {
    Ok(Action::done())
}

fn is_typed(secret: &Secret) -> bool {
    secret.type_.is_some()
}

fn is_even(number: u32) -> bool {
    number % 2 == 0
}

fn main() {}
