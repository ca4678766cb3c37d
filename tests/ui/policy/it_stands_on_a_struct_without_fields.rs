use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[policy(kind = ConfigMap, rule(cel = "true"))]
fn function(_: ConfigMap) {}

#[policy(kind = ConfigMap, rule(cel = "true"))]
struct Fields {
    most: i32,
}

#[policy(kind = ConfigMap, rule(cel = "true"))]
struct Parameters<T>(T);

fn main() {
    function(ConfigMap::default());
}
