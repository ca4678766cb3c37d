use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

struct Stamp;

#[controller(cleanup = gone)]
impl Stamp {
    async fn reconcile(&self, _: Object<ConfigMap>) -> Result<Action> {
        Ok(Action::done())
    }
}

fn main() {
    _ = Operator::new("stamp").controller(Stamp);
}
