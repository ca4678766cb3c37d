use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "Demo/v1", version = "v1")]
pub struct WebsiteSpec {
    image: String,
}

fn main() {}
