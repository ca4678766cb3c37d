//! What a user gets from one derived struct, each part once.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing there")]

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::CustomResource as _;
use kube_core::DynamicObject;
use kube_core::ResourceExt as _;
use kube_runtime::writeback::conditions::Condition;
use serde_json::Value;
use serde_json::json;

/// A torch.
#[derive(kube_core::Resource, Clone, Debug, PartialEq)]
#[resource(group = "demo.example.com", version = "v1", kind = "Torch", namespaced)]
#[resource(plural = "torches", status = TorchStatus, derive(PartialEq))]
struct TorchSpec {
    lit: bool,
    #[resource(default = 1)]
    batteries: i32,
}

#[derive(kube_core::Schema, Clone, Debug, Default, PartialEq)]
struct TorchStatus {
    conditions: Option<Vec<Condition>>,
}

#[test]
fn a_definition_is_a_value_and_yaml() {
    let yaml = Torch::definition_yaml();
    let read: Value = serde_saphyr::from_str(&yaml).unwrap();
    assert_eq!(read, serde_json::to_value(Torch::definition()).unwrap());
    assert_eq!(read["kind"], "CustomResourceDefinition", "{yaml}");
}

#[test]
fn an_object_becomes_dynamic_and_typed_again() {
    let mut torch = Torch::new("small", TorchSpec { lit: true, batteries: 2 });
    torch.labels_mut().insert("room".to_owned(), "cellar".to_owned());
    let dynamic = DynamicObject::of(&torch).unwrap();
    assert_eq!((&*dynamic.api_version, &*dynamic.kind), ("demo.example.com/v1", "Torch"));
    assert_eq!(dynamic.data["spec"], json!({ "lit": true, "batteries": 2 }));
    assert_eq!(dynamic.decode::<Torch>().unwrap(), torch);
    let map = DynamicObject::of(&ConfigMap::default()).unwrap();
    assert_eq!(map.kind, "ConfigMap");
    assert!(map.decode::<Torch>().is_err());
}
