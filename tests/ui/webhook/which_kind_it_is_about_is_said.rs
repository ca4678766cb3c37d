use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[webhook(validate)]
async fn judges(_: Client) -> Verdict {
    Verdict::allow()
}

#[webhook(mutate)]
async fn changes(_: ConfigMap) -> Verdict {
    Verdict::allow()
}

fn main() {}
