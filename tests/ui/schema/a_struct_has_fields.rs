use kube_core::Schema;

#[derive(Schema, Clone, Debug)]
struct Nothing;

fn main() {}
