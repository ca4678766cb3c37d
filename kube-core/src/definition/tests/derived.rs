//! What a derived kind promises: one struct says how it is decoded, described and applied.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::Value;
use serde_json::json;

use crate::definition::problems;
use crate::object::Apply;
use crate::object::Condition;
use crate::object::CustomResource;
use crate::object::HasStatus;
use crate::object::Resource;

/// A bakery.
///
/// It bakes, in
/// two lines.
#[derive(kube_derive::Resource, Clone, Debug, PartialEq)]
#[resource(
    group = "demo.example.com",
    version = "v1",
    kind = "Bakery",
    namespaced,
    crates(core = "crate")
)]
#[resource(status = BakeryStatus, short_name = "bk", short_name = "bake", category = "all", derive(PartialEq))]
#[resource(print_column(name = "Ready", path = ".status.ready"))]
#[resource(print_column(
    name = "State",
    path = ".status.conditions[?(@.type==\"Ready\")].status",
    priority = 1
))]
struct BakerySpec {
    /// What it bakes.
    #[resource(min_length = 1, pattern = "^[a-z]+$")]
    bread: String,
    #[resource(default = 1, minimum = 0, maximum = 10)]
    ovens_lit: i32,
    #[resource(default = "rye")]
    flour: String,
    #[resource(default = 7)]
    hour: Option<u16>,
    closed: Option<bool>,
    #[resource(nullable)]
    owner: Option<String>,
    #[serde(rename = "type")]
    kind_of: Size,
    oven: Oven,
    delivery: Option<Delivery>,
    #[resource(list_type(map = "name"))]
    shelves: Vec<Shelf>,
    tags: BTreeSet<String>,
    prices: BTreeMap<String, f64>,
    anything: Value,
    port: IntOrString,
    resources: Option<ResourceRequirements>,
}

#[derive(kube_derive::Schema, Clone, Debug, Default, PartialEq)]
#[resource(crates(core = "crate"))]
struct BakeryStatus {
    ready: i32,
    #[resource(list_type(map = "type"))]
    #[serde(default)]
    conditions: Vec<Condition>,
}

/// How big.
#[derive(kube_derive::Schema, Clone, Debug, PartialEq)]
#[resource(crates(core = "crate"))]
enum Size {
    Small,
    /// Very.
    Big,
}

/// What it bakes in: one of these.
#[derive(kube_derive::Schema, Clone, Debug, PartialEq)]
#[resource(crates(core = "crate"))]
enum Oven {
    /// With wood.
    WoodFired {
        max_degrees: u32,
    },
    Electric(Electric),
}

#[derive(kube_derive::Schema, Clone, Debug, PartialEq)]
#[resource(crates(core = "crate"))]
struct Electric {
    watts: i64,
}

#[derive(kube_derive::Schema, Clone, Debug, PartialEq)]
#[serde(tag = "type")]
#[resource(crates(core = "crate"))]
enum Delivery {
    Bicycle,
    Van {
        #[resource(default = 2)]
        seat_count: u8,
        plate: String,
    },
}

#[derive(kube_derive::Schema, Clone, Debug, PartialEq)]
#[resource(crates(core = "crate"))]
struct Shelf {
    name: String,
    #[serde(default)]
    content: Boxed<String>,
}

#[derive(kube_derive::Schema, Clone, Debug, Default, PartialEq)]
#[serde(default)]
#[resource(crates(core = "crate"))]
struct Boxed<T: Default + Clone> {
    inner: Vec<T>,
    weight: i32,
}

fn least() -> Value {
    json!({
        "apiVersion": "demo.example.com/v1",
        "kind": "Bakery",
        "metadata": { "name": "corner" },
        "spec": {
            "bread": "bun", "type": "Big", "oven": { "woodFired": { "maxDegrees": 400 } },
            "shelves": [{ "name": "top" }], "tags": ["b", "a"], "prices": {}, "anything": [1], "port": "http",
        },
    })
}

#[test]
fn an_absent_field_has_its_default_when_it_is_read() {
    let bakery: Bakery = serde_json::from_value(least()).unwrap();
    assert_eq!((bakery.spec.ovens_lit, bakery.spec.flour.as_str()), (1, "rye"));
    assert_eq!((bakery.spec.hour, bakery.spec.closed), (Some(7), None));
    assert_eq!(bakery.spec.kind_of, Size::Big);
    assert_eq!(bakery.spec.oven, Oven::WoodFired { max_degrees: 400 });
    assert_eq!(bakery.spec.shelves[0].content, Boxed::default());
}

#[test]
fn what_was_read_is_written_as_it_was() {
    let bakery: Bakery = serde_json::from_value(least()).unwrap();
    let written = serde_json::to_value(&bakery).unwrap();
    assert_eq!(written["spec"]["ovensLit"], 1);
    assert_eq!(written["spec"]["type"], "Big");
    assert_eq!(written["apiVersion"], "demo.example.com/v1");
    assert!(written["spec"].get("closed").is_none(), "an absent value is left out");
    assert_eq!(written["spec"]["owner"], Value::Null, "null was asked for");
    assert!(written.get("status").is_none());
    let again: Bakery = serde_json::from_value(written).unwrap();
    assert_eq!(again, bakery);
}

#[test]
fn an_object_of_another_kind_is_refused_and_an_item_of_a_list_is_not() {
    let mut other = least();
    other["kind"] = "Brewery".into();
    let error = serde_json::from_value::<Bakery>(other).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a demo.example.com/v1 Bakery, found a demo.example.com/v1 Brewery"
    );
    let mut item = least();
    item.as_object_mut().unwrap().retain(|name, _| name != "kind" && name != "apiVersion");
    serde_json::from_value::<Bakery>(item).unwrap();
}

#[test]
fn only_what_is_set_is_applied() {
    let apply = Bakery::named("corner").bread("roll").ovens_lit(3).hour(5);
    assert_eq!(
        serde_json::to_value(&apply).unwrap(),
        json!({
            "apiVersion": "demo.example.com/v1", "kind": "Bakery", "metadata": { "name": "corner" },
            "spec": { "bread": "roll", "ovensLit": 3, "hour": 5 },
        })
    );
    assert_eq!(Apply::metadata(&apply).name.as_deref(), Some("corner"));
}

#[test]
fn the_kind_knows_its_names_and_its_status() {
    assert_eq!(Bakery::RESOURCE.to_string(), "bakeries.demo.example.com");
    assert!(Bakery::RESOURCE.is_namespaced());
    let mut bakery: Bakery = serde_json::from_value(least()).unwrap();
    assert!(HasStatus::status(&bakery).is_none());
    bakery.status_mut().get_or_insert_default().ready = 2;
    assert_eq!(
        serde_json::to_value(&bakery).unwrap()["status"],
        json!({ "ready": 2, "conditions": [] })
    );
}

#[test]
fn the_definition_says_all_that_was_said() {
    let definition = Bakery::definition();
    assert_eq!(problems(&definition), Vec::<String>::new());
    let mut shown = serde_json::to_value(&definition).unwrap();
    // As long as the documentation of Kubernetes.
    let resources = &mut shown["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
        ["properties"]["resources"];
    assert_eq!(resources["type"], "object");
    *resources = json!("..");
    insta::assert_yaml_snapshot!(shown);
}

/// A tap: what no other kind here says. Its rules are checked with the feature `rules` only, so it emits no test.
#[derive(kube_derive::Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", untested, crates(core = "crate"))]
#[resource(at_least_one_of(hot, cold))]
struct TapSpec {
    hot: Option<bool>,
    cold: Option<bool>,
    #[resource(min_properties = 1, max_properties = 3)]
    handles: BTreeMap<String, String>,
}

#[test]
fn limits_and_groups_of_a_tap() {
    let definition = serde_json::to_value(Tap::definition()).unwrap();
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let spec = &schema["properties"]["spec"];
    let handles = &spec["properties"]["handles"];
    assert_eq!((&handles["minProperties"], &handles["maxProperties"]), (&json!(1), &json!(3)));
    assert_eq!(
        spec["x-kubernetes-validations"],
        json!([{
            "rule": "[has(self.hot), has(self.cold)].filter(x, x == true).size() >= 1",
            "message": "at least one of hot, cold must be set",
        }])
    );
}
