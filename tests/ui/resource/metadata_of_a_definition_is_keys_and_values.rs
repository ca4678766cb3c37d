use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
#[resource(label = "team", label = "a b=c", label = "team=web", label = "team=print")]
#[resource(label = "note=made by hand", annotation = "Example.com/note=made by hand")]
#[resource(deprecated = "", list_kind = "websites")]
pub struct WebsiteSpec {
    image: String,
}

fn main() {}
