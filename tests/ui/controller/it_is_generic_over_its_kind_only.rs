use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[controller]
async fn stamp<'a, T: Send, const N: usize>(_: Object<ConfigMap>) -> Result<Action> {
    Ok(Action::done())
}

#[controller]
async fn mirror<K: Resource, T: Resource>(_: Object<K>, _: Lister<T>) -> Result<Action> {
    Ok(Action::done())
}

fn main() {}
