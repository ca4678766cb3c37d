use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
#[resource(short_name = "WS", short_name = "w", short_name = "w", plural = "web sites")]
pub struct WebsiteSpec {
    image: String,
}

fn main() {}
