use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[webhook(validate)]
async fn judges(_: Change<ConfigMap>, _: Object<ConfigMap>) -> Verdict {
    Verdict::allow()
}

fn main() {}
