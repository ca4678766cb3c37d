use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[webhook(validate)]
async fn nothing(_: Change<ConfigMap>) {}

#[webhook(validate)]
fn at_once(_: Change<ConfigMap>) -> Verdict {
    Verdict::allow()
}

fn main() {}
