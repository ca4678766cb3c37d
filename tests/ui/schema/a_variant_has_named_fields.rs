use kube_core::Schema;

#[derive(Schema, Clone, Debug)]
enum Probe {
    Http(String, u16),
    Exec(String),
}

fn main() {}
