use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1beta1", kind = "Site", served)]
pub struct SiteV1beta1Spec {
    image: String,
}

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", kind = "Site", storage, status = SiteStatus, converts_from(SiteV1beta1))]
pub struct SiteSpec {
    image: String,
}

impl From<SiteV1beta1Spec> for SiteSpec {
    fn from(old: SiteV1beta1Spec) -> Self {
        Self { image: old.image }
    }
}

impl From<SiteSpec> for SiteV1beta1Spec {
    fn from(new: SiteSpec) -> Self {
        Self { image: new.image }
    }
}

#[derive(kube_core::Schema, Clone, Debug, Default)]
pub struct SiteStatus {
    ready: i32,
}

fn main() {}
