use kube_core::Schema;

#[derive(Schema, Clone, Debug)]
#[serde(untagged)]
pub enum Port {
    Number(u16),
    Name(String),
}

#[derive(Schema, Clone, Debug)]
#[serde(untagged)]
pub enum Switch {
    On(bool),
    Mode(String),
    Level(f64),
    Off,
}

#[derive(Schema, Clone, Debug)]
#[serde(untagged)]
pub enum Hosts {
    One(String),
    Many(Vec<String>),
}

fn main() {}
