//! A reconcile runs on any thread, so what it holds over an `.await` is `Send`; what is not is named.

use std::rc::Rc;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[controller]
async fn count(_: Object<ConfigMap>, client: Client) -> Result<Action> {
    let counted = Rc::new(0);
    client.all::<ConfigMap>().list().await?;
    drop(counted);
    Ok(Action::done())
}

struct Counter;

#[controller]
impl Counter {
    async fn reconcile(&self, _: Object<ConfigMap>, client: Client) -> Result<Action> {
        let counted = Rc::new(0);
        client.all::<ConfigMap>().list().await?;
        drop(counted);
        Ok(Action::done())
    }
}

fn main() {}
