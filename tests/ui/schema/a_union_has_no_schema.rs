use kube_core::Schema;

#[derive(Schema)]
union Number {
    small: u8,
    big: u64,
}

fn main() {}
