use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
pub struct WebsiteSpec {
    #[resource(items(max_length = 3))]
    image: String,
    #[resource(items(maximum = 3, max_lenght = 3))]
    hosts: Vec<String>,
    #[resource(items(maximum = 3))]
    names: Option<Vec<String>>,
}

fn main() {}
