use kube_core::{ObjectMeta, Resource};

#[derive(Resource, Clone, Debug)]
#[resource(existing = "cert-manager.io/v1/Certificate")]
pub struct Foreign {
    metadata: ObjectMeta,
}

#[derive(Resource, Clone, Debug)]
#[resource(existing = "apps/v1/Deploymnet")]
pub struct Mistyped {
    metadata: ObjectMeta,
}

#[derive(Resource, Clone, Debug)]
#[resource(existing = "v1/Node", namespaced)]
pub struct Wrong {
    metadata: ObjectMeta,
}

#[derive(Resource, Clone, Debug)]
#[resource(existing = "v1/Pod", cluster)]
pub struct Strange {
    metadata: ObjectMeta,
}

#[derive(Resource, Clone, Debug)]
#[resource(existing = "example.com/v1/Shop", cluster, namespaced, plural = "Shops")]
pub struct Both {
    metadata: ObjectMeta,
}

fn main() {}
