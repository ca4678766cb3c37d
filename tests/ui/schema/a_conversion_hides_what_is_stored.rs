use kube_core::Schema;

#[derive(Schema, Clone, Debug)]
#[serde(try_from = "String")]
struct Port {
    number: u16,
}

fn main() {}
