use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
pub struct WebsiteSpec {
    #[resource(list_type = bag)]
    hosts: Vec<String>,
}

fn main() {}
