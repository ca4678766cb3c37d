use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube_runtime::prelude::*;

struct Stamp;

#[controller]
impl Stamp {
    async fn reconcile(&self, _: Object<ConfigMap>, _: String) -> Result<Action> {
        Ok(Action::done())
    }

    async fn cleanup(&self, _: Object<Pod>) -> Result<Action> {
        Ok(Action::done())
    }
}

fn main() {}
