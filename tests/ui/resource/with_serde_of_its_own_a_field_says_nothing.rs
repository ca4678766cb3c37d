use kube_core::Resource;
use kube_core::__private::{schemars, serde};

#[derive(Resource, Clone, Debug)]
#[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(crate = "kube_core::__private::serde")]
#[resource(group = "demo.example.com", version = "v1")]
#[resource(serde = own)]
pub struct WebsiteSpec {
    #[resource(default = 1)]
    replicas: i32,
}

fn main() {}
