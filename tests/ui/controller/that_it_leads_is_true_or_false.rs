use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[controller(leads = "no")]
async fn stamp(_: Object<ConfigMap>) -> Result<Action> {
    Ok(Action::done())
}

#[controller(leads)]
async fn seal(_: Object<ConfigMap>) -> Result<Action> {
    Ok(Action::done())
}

#[controller(lead = false)]
async fn sign(_: Object<ConfigMap>) -> Result<Action> {
    Ok(Action::done())
}

fn main() {}
