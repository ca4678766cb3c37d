use kube_core::Schema;

#[derive(Schema, Clone, Debug)]
enum Probe {
    None,
    Http { path: String },
}

fn main() {}
