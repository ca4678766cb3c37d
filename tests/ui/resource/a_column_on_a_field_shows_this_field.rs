use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
pub struct WebsiteSpec {
    #[resource(print_column(name = "Image", path = ".spec.image"))]
    image: String,
    #[resource(print_column(name = "", type = "text"))]
    tier: String,
}

fn main() {}
