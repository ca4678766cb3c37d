use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[webhook]
async fn neither(_: Change<ConfigMap>) -> Verdict {
    Verdict::allow()
}

#[webhook(validate, mutate)]
async fn both(_: &mut ConfigMap) -> Verdict {
    Verdict::allow()
}

fn main() {}
