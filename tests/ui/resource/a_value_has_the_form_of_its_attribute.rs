use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
#[resource(kind = 5, short_name("ws"), print_column = "Ready", status = "not a type")]
pub struct WebsiteSpec {
    image: String,
}

fn main() {}
