use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
#[resource(kind = "Website")]
pub struct Website {
    image: String,
}

fn main() {}
