use kube_core::Schema;

#[derive(Schema, Clone, Debug)]
#[resource(group = "demo.example.com")]
struct Port {
    number: u16,
}

fn main() {}
