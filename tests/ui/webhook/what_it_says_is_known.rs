use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[webhook(validate, on(creat), timeout = "31s", failure_policy = maybe, condition(name = "a"), label = "a", reinvoked = true)]
async fn judges(_: Change<ConfigMap>) -> Verdict {
    Verdict::allow()
}

fn main() {}
