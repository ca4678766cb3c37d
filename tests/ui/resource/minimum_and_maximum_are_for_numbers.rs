use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
pub struct WebsiteSpec {
    #[resource(minimum = 1, maximum = 2)]
    image: String,
}

fn main() {}
