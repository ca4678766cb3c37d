use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
#[resource(print_column(name = "Ready", path = "status.ready"))]
#[resource(print_column(name = "Age", path = ".metadata.creationTimestamp", type = "dates"))]
#[resource(print_column(name = "Nothing"))]
pub struct WebsiteSpec {
    image: String,
}

fn main() {}
