use kube_core::{ObjectMeta, Resource};

macro_rules! views {
    ($($name:ident, $existing:literal;)*) => {
        $(
            #[derive(Resource, Clone, Debug)]
            #[resource(existing = $existing)]
            pub struct $name {
                metadata: ObjectMeta,
            }
        )*
    };
}

views! {
    A, "ConfigMap";
    B, "apps/Deployment/v1";
    C, "v1/configmap";
    D, "Apps/v1/Deployment";
    E, "a/b/v1/Deployment";
}

fn main() {}
