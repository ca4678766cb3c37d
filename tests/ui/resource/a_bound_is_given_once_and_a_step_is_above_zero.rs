use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
pub struct WebsiteSpec {
    #[resource(minimum = 1, exclusive_minimum = 0)]
    replicas: i32,
    #[resource(default = 3, multiple_of = 2)]
    workers: i32,
    #[resource(multiple_of = 0)]
    threads: i32,
    #[resource(min_properties = 1)]
    hosts: Vec<String>,
}

fn main() {}
