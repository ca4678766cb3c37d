use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
#[resource(exactly_one_of(image, got), at_most_one_of(git), at_least_one_of(git, image))]
pub struct WebsiteSpec {
    image: String,
    git: Option<String>,
}

fn main() {}
