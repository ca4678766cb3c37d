use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
#[resource(rule(cel = " "))]
#[resource(rule(cel = "self.replicas <= 10 ||\nself.image != ''"))]
#[resource(rule(cel = "self.replicas <= 10", message = "ten\nat most", reason = FieldInvalid))]
#[resource(rule(cel = "self.replicas <= 10", field_path = "replicas", optional_old_self))]
#[resource(rule(message = "ten at most"))]
pub struct WebsiteSpec {
    image: String,
    replicas: i32,
}

fn main() {}
