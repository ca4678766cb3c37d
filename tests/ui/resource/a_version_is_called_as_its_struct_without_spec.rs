use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1beta1", kind = "Site", served)]
pub struct SiteV1beta1 {
    image: String,
}

fn main() {}
