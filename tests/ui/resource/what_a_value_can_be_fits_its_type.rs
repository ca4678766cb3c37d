use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
pub struct WebsiteSpec {
    #[resource(int_or_string)]
    port: i32,
    #[resource(embedded_resource)]
    template: String,
    #[resource(map_type = atomic)]
    hosts: Vec<String>,
    #[resource(struct_type = whole)]
    resources: Resources,
    #[resource(unique, list_type = atomic)]
    names: Vec<String>,
}

#[derive(kube_core::Schema, Clone, Debug)]
pub struct Resources {}

fn main() {}
