use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[policy(
    kind = ConfigMap,
    on(creat),
    rules(cel = "true"),
    rule(cell = "true", mesage = "x"),
    rule(cel = "", message = 1, reason = Forbiden),
    rule(cel = "true", message = "two\nlines", reason = NotFound),
    rule(message = "no expression"),
    rule(cel = "true", cel = "false"),
    variable(name = "a-b", cel = "1"),
    variable(name = "for"),
    variable(name = "for", cel = "1"),
    failure_policy = maybe,
    warn,
    timeout = "5s"
)]
struct Known;

fn main() {
    let _ = Operator::new("known").policy(Known);
}
