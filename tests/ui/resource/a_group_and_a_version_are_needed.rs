use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(kind = "Website")]
pub struct WebsiteSpec {
    image: String,
}

fn main() {}
