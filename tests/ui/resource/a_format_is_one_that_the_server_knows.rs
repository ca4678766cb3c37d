use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
pub struct WebsiteSpec {
    #[resource(format = "emial")]
    owner: String,
    #[resource(format = "email")]
    replicas: i32,
    #[resource(format = "date")]
    on: bool,
}

fn main() {}
