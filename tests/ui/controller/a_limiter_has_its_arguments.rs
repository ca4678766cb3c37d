use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[controller(rate_limit = max_of(exponential("5", "1000"), max_of(bucket(0, 1.5), max_wait(fast_slow("5ms", "10s"), "1m"))))]
async fn stamp(_: Object<ConfigMap>, _: Cx<ConfigMap>) -> Result<Action> {
    Ok(Action::done())
}

fn main() {}
