use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

struct Stamp<'a>(&'a str);

#[controller]
impl<'a> Stamp<'a> {
    async fn reconcile(&self, _: Object<ConfigMap>) -> Result<Action> {
        Ok(Action::done())
    }
}

fn main() {
    _ = Operator::new("stamp").controller(Stamp("here"));
}
