//! A type that derives nothing is told in one sentence, with the derive that it misses, before all that serde and schemars say.

use std::collections::BTreeMap;

#[derive(kube_core::Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", namespaced)]
struct HouseSpec {
    door: Door,
}

#[derive(kube_core::Schema, Clone, Debug)]
struct Street {
    doors: Option<BTreeMap<String, Door>>,
}

#[derive(Clone, Debug)]
struct Door {
    locked: bool,
}

fn main() {}
