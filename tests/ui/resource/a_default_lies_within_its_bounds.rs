use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
pub struct WebsiteSpec {
    #[resource(default = 11, minimum = 0, maximum = 10)]
    replicas: i32,
}

fn main() {}
