use kube_core::Schema;

#[derive(Schema, Clone, Debug)]
enum Size {
    #[resource(default = 1)]
    Small,
}

fn main() {}
