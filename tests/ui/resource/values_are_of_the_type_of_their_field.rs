use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
pub struct WebsiteSpec {
    #[resource(enum("a", 1, "a"))]
    tier: String,
    #[resource(enum())]
    replicas: i32,
    #[resource(enum(1, big))]
    size: i32,
}

fn main() {}
