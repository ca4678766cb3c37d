//! Every shape that a field can have, as a structural schema: nothing of it is refused or lost by a real server.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::num::NonZeroU32;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::runtime::RawExtension;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::definition::problems;
use crate::object::CustomResource;
use crate::object::Time;

#[derive(kube_derive::Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1alpha1", crates(core = "crate"))]
#[resource(status = ShapeStatus)]
struct ShapeSpec {
    template: Option<PodTemplateSpec>,
    selector: Option<LabelSelector>,
    size: Option<Quantity>,
    since: Option<Time>,
    raw: Option<RawExtension>,
    value: Option<Value>,
    map: Option<Map<String, Value>>,
    nested: HashMap<String, Vec<Inner>>,
    values: BTreeMap<String, Value>,
    count: u64,
    some: NonZeroU32,
    ratio: f32,
    letter: char,
    bytes: [u8; 4],
    pair: (i32, i32),
    address: Ipv4Addr,
    set: HashSet<i32>,
    port: Port,
    boxed: Option<Box<Inner>>,
    mode: Option<Mode>,
    #[serde(flatten)]
    flat: Flat,
    empty: Empty,
    choice: Option<Choice>,
    #[resource(default = Mode::Slow)]
    chosen: Mode,
    #[resource(default = vec![Port(80)], min_items = 1, max_items = 3)]
    ports: Vec<Port>,
    #[resource(preserve_unknown_fields)]
    open: Inner,
    #[serde(skip)]
    _skipped: i32,
    r#type: String,
}

#[derive(kube_derive::Schema, Clone, Debug, Default)]
#[resource(crates(core = "crate"))]
struct ShapeStatus {}

#[derive(kube_derive::Schema, Clone, Debug)]
#[resource(crates(core = "crate"))]
struct Inner {
    /// Its name.
    name: String,
    other: Option<i64>,
}

#[derive(kube_derive::Schema, Clone, Debug)]
#[resource(crates(core = "crate"))]
struct Port(u16);

#[derive(kube_derive::Schema, Clone, Debug)]
#[resource(crates(core = "crate"))]
enum Mode {
    Fast,
    Slow,
}

#[derive(kube_derive::Schema, Clone, Debug)]
#[resource(crates(core = "crate"))]
struct Flat {
    flattened: String,
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

#[derive(kube_derive::Schema, Clone, Debug)]
#[resource(crates(core = "crate"))]
struct Empty {}

/// One of.
#[derive(kube_derive::Schema, Clone, Debug)]
#[serde(untagged)]
#[resource(crates(core = "crate"))]
enum Choice {
    Left { left: String },
    Right { right: i32, both: Option<bool> },
}

#[derive(kube_derive::Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", crates(core = "crate"))]
struct TreeSpec {
    root: Node,
}

#[derive(kube_derive::Schema, Clone, Debug)]
#[resource(crates(core = "crate"))]
struct Node {
    children: Vec<Self>,
}

#[test]
fn every_shape_has_a_structural_schema() {
    let definition = Shape::definition();
    assert_eq!(problems(&definition), Vec::<String>::new());
    let shown = serde_json::to_value(&definition).unwrap();
    let mut spec =
        shown["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"].clone();
    for kubernetes in ["template", "selector", "size", "since"] {
        spec["properties"][kubernetes] = json!("..");
    }
    insta::assert_yaml_snapshot!(spec);
}

#[test]
fn a_type_that_contains_itself_is_named() {
    let problems = problems(&Tree::definition());
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].starts_with("spec.root.children[]: `Node` contains itself"),
        "{problems:?}"
    );
}
