use kube_core::Schema;

#[derive(Schema, Clone, Debug)]
struct Borrowed<'a> {
    name: &'a str,
}

fn main() {}
