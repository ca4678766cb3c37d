use kube_core::{ObjectMeta, Resource};

#[derive(Resource, Clone, Debug)]
#[resource(existing = "v1/ConfigMap", status = u8)]
pub struct Settings {
    data: Option<String>,
    api_version: String,
    kind: String,
}

#[derive(Resource, Clone, Debug)]
#[resource(existing = "v1/ConfigMap")]
pub struct Several<T> {
    metadata: ObjectMeta,
    data: T,
}

#[derive(Resource, Clone, Debug)]
#[resource(existing = "v1/ConfigMap")]
pub enum Either {
    One { metadata: ObjectMeta },
}

fn main() {}
