use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

struct Stamp;

#[controller]
impl Stamp {
    async fn reconcile(&mut self, _: Object<ConfigMap>) -> Result<Action> {
        Ok(Action::done())
    }

    async fn cleanup(self, _: Object<ConfigMap>) -> Result<Action> {
        Ok(Action::done())
    }
}

struct Seal;

#[controller]
impl Seal {
    async fn reconcile(_: Object<ConfigMap>) -> Result<Action> {
        Ok(Action::done())
    }
}

fn main() {
    _ = Operator::new("stamp").controller(Stamp).controller(Seal);
}
