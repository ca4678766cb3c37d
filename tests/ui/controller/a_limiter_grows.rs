use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[controller(rate_limit = exponential("10s", "5ms"))]
async fn stamp(_: Object<ConfigMap>, _: Cx<ConfigMap>) -> Result<Action> {
    Ok(Action::done())
}

fn main() {}
