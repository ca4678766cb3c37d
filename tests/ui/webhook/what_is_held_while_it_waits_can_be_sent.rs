//! A webhook answers on any thread, so what it holds over an `.await` is `Send`; what is not is named.

use std::rc::Rc;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[webhook(validate)]
async fn count(_: Change<ConfigMap>, client: Client) -> Verdict {
    let counted = Rc::new(0);
    let _ = client.all::<ConfigMap>().list().await;
    drop(counted);
    Verdict::allow()
}

fn main() {}
