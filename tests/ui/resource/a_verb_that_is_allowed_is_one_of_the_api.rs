use kube_core::{ObjectMeta, Resource};

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", only_verbs(gt, list, list, replace))]
pub struct ShopSpec {
    name: String,
}

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", read_only, only_verbs(get, patch))]
pub struct SignSpec {
    text: String,
}

#[derive(Resource, Clone, Debug)]
#[resource(existing = "v1/ConfigMap", only_verbs(get, update))]
pub struct Settings {
    metadata: ObjectMeta,
}

#[derive(Resource, Clone, Debug)]
#[resource(existing = "v1/ConfigMap", only_verbs())]
pub struct Nothing {
    metadata: ObjectMeta,
}

fn main() {}
