use kube_core::Resource;
use kube_core::ResourceExt as _;

#[derive(Resource, Clone, Debug)]
#[resource(group = "Demo", version = "", kind = "Website", namespacd)]
pub struct WebsiteSpec {
    #[resource(minimum = 1)]
    image: String,
    #[resource(default = 20, maximum = 10)]
    replicas: i32,
}

fn main() {
    // None of these is a second error.
    let site = Website::new("shop", WebsiteSpec { image: "nginx".to_owned(), replicas: 1 });
    let apply = Website::named(site.name()).image("nginx").replicas(3);
    assert_eq!(apply.name(), Website::RESOURCE.kind);
}
