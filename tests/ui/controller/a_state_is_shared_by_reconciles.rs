use std::cell::Cell;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

struct Stamp {
    count: Cell<u32>,
}

#[controller]
impl Stamp {
    async fn reconcile(&self, _: Object<ConfigMap>) -> Result<Action> {
        self.count.set(1);
        Ok(Action::done())
    }
}

fn main() {
    _ = Operator::new("stamp").controller(Stamp { count: Cell::new(0) });
}
