use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1beta1", kind = "Site", served)]
pub struct SiteV1beta1Spec {
    image: String,
}

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", kind = "Site", storage, converts_from(SiteV1beta1))]
pub struct SiteSpec {
    image: String,
}

fn main() {}
