use kube_core::Schema;

#[derive(Schema, Clone, Debug)]
struct Lamp {
    #[serde(with = "as_text")]
    watts: u8,
}

mod as_text {}

fn main() {}
