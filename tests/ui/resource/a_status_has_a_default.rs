use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
#[resource(status = Report)]
pub struct WebsiteSpec {
    image: String,
}

#[derive(kube_core::Schema, Clone, Debug)]
pub struct Report {}

fn main() {}
