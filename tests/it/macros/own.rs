//! `serde = own`: the user derives serde's and schemars' traits, and the kind is made all the same.

use kube_core::CustomResource as _;
use serde_json::json;

/// Has its own ways.
#[derive(
    kube_core::Resource,
    Clone,
    Debug,
    kube_core::__private::serde::Serialize,
    kube_core::__private::serde::Deserialize,
    kube_core::__private::schemars::JsonSchema,
)]
#[serde(crate = "kube_core::__private::serde", rename_all = "snake_case")]
#[schemars(crate = "kube_core::__private::schemars")]
#[resource(group = "demo.example.com", version = "v1", kind = "Owner", serde = own)]
struct OwnerSpec {
    first_name: String,
}

#[test]
fn the_users_own_serde_is_kept() {
    let owner = Owner::new("jane", OwnerSpec { first_name: "Jane".to_owned() });
    let written = serde_json::to_value(&owner).unwrap();
    assert_eq!(written["spec"], json!({ "first_name": "Jane" }));
    let schema = serde_json::to_value(Owner::definition()).unwrap();
    let spec = &schema["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
    assert_eq!(spec["required"], json!(["first_name"]));
    assert_eq!(schema["spec"]["scope"], "Cluster");
}

#[test]
fn the_apply_type_is_named_as_the_spec_is() {
    let apply = serde_json::to_value(Owner::named("jane").first_name("Jane")).unwrap();
    assert_eq!(apply["spec"], json!({ "first_name": "Jane" }));
}
