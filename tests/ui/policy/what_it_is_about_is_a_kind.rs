use kube_runtime::prelude::*;

struct NoKind;

#[policy(kind = NoKind, rule(cel = "true"))]
struct AboutNoKind;

struct NoPolicy;

fn main() {
    let _ = Operator::new("two").policy(AboutNoKind).policy(NoPolicy);
}
