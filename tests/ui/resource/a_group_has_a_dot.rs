use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo", version = "v1")]
pub struct WebsiteSpec {
    image: String,
}

fn main() {}
