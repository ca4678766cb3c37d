use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[policy(rule(cel = "true"))]
struct AboutNothing;

#[policy(kind = ConfigMap)]
struct AsksNothing;

#[policy(kind = ConfigMap, variable(name = "a", cel = "1"), variable(name = "a", cel = "2"), rule(cel = "true"))]
struct Twice;

fn main() {
    let _ = Operator::new("two").policy(AboutNothing).policy(AsksNothing).policy(Twice);
}
