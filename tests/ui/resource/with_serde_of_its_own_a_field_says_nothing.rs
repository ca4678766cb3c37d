use kube_core::Resource;
use kube_core::__private::schemars;

#[derive(Resource, Clone, Debug)]
#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[resource(group = "demo.example.com", version = "v1")]
#[resource(serde = own)]
pub struct WebsiteSpec {
    #[resource(default = 1)]
    replicas: i32,
}

fn main() {}
