use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
#[resource(scale(spec = ".replicas", status = ".status.replicas", selector = "status.selector"))]
#[resource(selectable = ".metadata.name", selectable = ".spec.hosts[0]")]
#[resource(selectable = ".spec.image", selectable = ".spec.image")]
pub struct WebsiteSpec {
    image: String,
}

fn main() {}
