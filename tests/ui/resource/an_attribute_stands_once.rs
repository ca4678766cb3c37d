use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
#[resource(kind = "Website", kind = "Site")]
pub struct WebsiteSpec {
    image: String,
}

fn main() {}
