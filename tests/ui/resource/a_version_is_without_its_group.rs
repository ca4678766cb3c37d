use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "demo.example.com/v1")]
pub struct WebsiteSpec {
    image: String,
}

fn main() {}
