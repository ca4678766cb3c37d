use kube_core::Schema;

#[derive(Schema, Clone, Debug)]
#[serde(crate = "serde", remote = "Other")]
struct Port {
    number: u16,
}

fn main() {}
