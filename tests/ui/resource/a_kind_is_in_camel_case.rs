use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
#[resource(kind = "web-site")]
pub struct WebsiteSpec {
    image: String,
}

fn main() {}
