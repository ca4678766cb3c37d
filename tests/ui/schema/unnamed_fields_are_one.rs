use kube_core::Schema;

#[derive(Schema, Clone, Debug)]
struct Pair(String, i32);

fn main() {}
