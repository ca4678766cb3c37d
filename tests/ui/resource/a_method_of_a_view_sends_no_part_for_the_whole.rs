use kube_core::{ObjectMeta, Resource};

#[derive(Resource, Clone, Debug)]
#[resource(existing = "certificates.k8s.io/v1/CertificateSigningRequest")]
#[resource(method(name = approve, verb = update, subresource = "approval"))]
#[resource(method(name = deny, verb = update, subresource = "approval", input = Request))]
#[resource(method(name = decide, verb = create, subresource = "approval", input = Self))]
pub struct Request {
    metadata: ObjectMeta,
}

#[derive(Resource, Clone, Debug)]
#[resource(existing = "v1/ServiceAccount", read_only)]
#[resource(method(name = token, verb = create, subresource = "token", input = ObjectMeta))]
pub struct Account {
    metadata: ObjectMeta,
}

fn main() {}
