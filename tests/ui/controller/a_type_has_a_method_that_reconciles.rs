use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

struct Stamp;

#[controller(workers = 2)]
impl Stamp {
    async fn reconsile(&self, _: Object<ConfigMap>) -> Result<Action> {
        Ok(Action::done())
    }
}

struct Seal;

#[controller]
impl Seal {
    async fn cleanup(&self, _: Object<ConfigMap>) -> Result<Action> {
        Ok(Action::done())
    }
}

fn main() {
    _ = Operator::new("stamp").controller(Stamp).controller(Seal);
}
