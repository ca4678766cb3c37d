use kube_core::Schema;

#[derive(Schema, Clone, Debug)]
enum Never {}

fn main() {}
