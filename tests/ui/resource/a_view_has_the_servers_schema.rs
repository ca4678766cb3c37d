use kube_core::{ObjectMeta, Resource};

#[derive(Resource, Clone, Debug)]
#[resource(existing = "v1/ConfigMap", short_name = "cm", group = "example.com", plurals = "maps")]
pub struct Settings {
    metadata: ObjectMeta,
    #[resource(min_length = 1, default = "x")]
    data: String,
}

#[derive(Resource, Clone, Debug)]
#[resource(exisitng = "v1/ConfigMap")]
pub struct MistypedSpec {
    metadata: ObjectMeta,
}

fn main() {}
