use kube_core::{ObjectMeta, Resource};

#[derive(Resource, Clone, Debug)]
#[resource(existing = "v1/ServiceAccount")]
#[resource(method(verb = create, subresource = "token"))]
#[resource(method(name = token, subresource = "token"))]
#[resource(method(name = token, verb = create, subresorce = "token"))]
#[resource(methods(name = token, verb = create, subresource = "token"))]
pub struct Account {
    metadata: ObjectMeta,
}

fn main() {}
