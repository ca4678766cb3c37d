use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
#[resource(shortname = "ws", namespace, print_colunm(name = "A", path = ".a"))]
pub struct WebsiteSpec {
    image: String,
}

fn main() {}
