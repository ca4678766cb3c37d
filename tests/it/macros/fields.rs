//! serde's own attributes on fields of a derived kind.

use std::collections::BTreeMap;

use kube_core::CustomResource as _;
use serde_json::json;

#[derive(kube_core::Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
struct ShipSpec {
    #[serde(rename = "callSign", alias = "call")]
    sign: String,
    #[serde(skip)]
    cached: Option<i32>,
    #[serde(flatten)]
    extra: BTreeMap<String, i32>,
    #[serde(default = "ShipSpec::crew")]
    crew: u8,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    ports: Vec<String>,
}

impl ShipSpec {
    fn crew() -> u8 {
        7
    }
}

#[test]
fn serdes_own_attributes_are_honoured() {
    let ship: Ship =
        serde_json::from_value(json!({ "metadata": {}, "spec": { "call": "X", "masts": 3 } }))
            .unwrap();
    assert_eq!(ship.spec.sign, "X");
    assert_eq!(ship.spec.crew, 7);
    assert_eq!(ship.spec.cached, None);
    assert_eq!(ship.spec.extra, BTreeMap::from([("masts".to_owned(), 3)]));
    assert_eq!(
        serde_json::to_value(&ship.spec).unwrap(),
        json!({ "callSign": "X", "masts": 3, "crew": 7 })
    );
    let schema = serde_json::to_value(Ship::definition()).unwrap();
    let spec = &schema["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
    assert_eq!(spec["required"], json!(["callSign"]));
    assert_eq!(spec["properties"]["crew"]["default"], 7);
    assert_eq!(spec["x-kubernetes-preserve-unknown-fields"], true);
}

#[test]
fn a_renamed_field_is_applied_under_its_name() {
    let apply = Ship::named("x").sign("Y").extra(BTreeMap::from([("masts".to_owned(), 1)]));
    assert_eq!(
        serde_json::to_value(&apply).unwrap()["spec"],
        json!({ "callSign": "Y", "masts": 1 })
    );
}

#[derive(kube_core::Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", namespaced, short_name = "bt")]
#[resource(print_column(name = "Oars", path = ".spec.oars", type = "integer"))]
struct BoatSpec {
    oars: i32,
}

#[test]
fn a_new_object_has_a_name_and_nothing_else_of_its_definition() {
    let boat = Boat::new("dinghy", BoatSpec { oars: 2 });
    let expected = json!({
        "apiVersion": "demo.example.com/v1", "kind": "Boat", "metadata": { "name": "dinghy" }, "spec": { "oars": 2 },
    });
    assert_eq!(serde_json::to_value(&boat).unwrap(), expected);
}
