//! Every shape that a field can have, as a structural schema: nothing of it is refused or lost by a real server.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing there")]

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::num::NonZeroU32;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::runtime::RawExtension;
use kube_core::Client;
use kube_core::CustomResource as _;
use kube_core::DynamicObject;
use kube_core::Resource as _;
use kube_core::Time;
use kube_core::definition::problems;
use kube_testing::Cluster;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::served::define;
use super::served::first;
use crate::real::RealCluster;

#[derive(kube_core::Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1alpha1")]
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
    every: kube_core::Duration,
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

#[derive(kube_core::Schema, Clone, Debug, Default)]
struct ShapeStatus {}

#[derive(kube_core::Schema, Clone, Debug)]
struct Inner {
    /// Its name.
    name: String,
    other: Option<i64>,
}

#[derive(kube_core::Schema, Clone, Debug)]
struct Port(u16);

#[derive(kube_core::Schema, Clone, Debug)]
enum Mode {
    Fast,
    Slow,
}

#[derive(kube_core::Schema, Clone, Debug)]
struct Flat {
    flattened: String,
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

#[derive(kube_core::Schema, Clone, Debug)]
struct Empty {}

/// One of.
#[derive(kube_core::Schema, Clone, Debug)]
#[serde(untagged)]
enum Choice {
    Left { left: String },
    Right { right: i32, both: Option<bool> },
}

#[derive(kube_core::Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", untested)]
struct TreeSpec {
    root: Node,
}

#[derive(kube_core::Schema, Clone, Debug)]
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

fn object() -> Value {
    json!({
        "apiVersion": "demo.example.com/v1alpha1",
        "kind": "Shape",
        "metadata": { "name": "one" },
        "spec": {
            "template": { "spec": { "containers": [{ "name": "web", "ports": [{ "containerPort": 80 }] }] } },
            "size": "3Gi", "raw": { "any": { "thing": [1] } }, "value": [1, "a"], "map": { "a": [1] },
            "nested": { "a": [{ "name": "b" }] }, "values": { "a": { "b": true } }, "count": 7, "some": 1, "ratio": 0.5,
            "letter": "x", "bytes": [1, 2, 3, 255], "pair": [-1, 1], "every": "1h30m0s", "address": "10.0.0.1", "set": [3], "port": 80,
            "mode": "Fast", "flattened": "f", "another": "kept", "empty": {}, "choice": { "right": 1 },
            "open": { "name": "o", "unknown": { "kept": true } }, "type": "t",
        },
    })
}

/// A server takes the definition and gives it back; it fills in the defaults that the types have, and refuses what they do.
async fn agrees(client: Client) {
    define(&client, Shape::definition()).await;
    let shape: Shape = serde_json::from_value(object()).unwrap();
    let created = first::<Shape>(&client, None, object()).await;
    let raw = client.api::<DynamicObject>(Shape::RESOURCE, None);
    let read: Shape = serde_json::from_value(serde_json::to_value(&created).unwrap()).unwrap();
    assert_eq!(
        serde_json::to_value(&read.spec).unwrap(),
        serde_json::to_value(&shape.spec).unwrap(),
        "the server's defaults are the types'"
    );

    for (field, wrong) in [
        ("ports", json!([])),
        ("ports", json!([1, 2, 3, 4])),
        ("mode", json!("Slowly")),
        ("letter", json!("xy")),
        ("some", json!(0)),
        ("bytes", json!([256, 0, 0, 0])),
        ("port", json!(65536)),
        ("choice", json!({})),
        ("set", json!([1, 1])),
        ("type", json!(null)),
    ] {
        let mut object = object();
        object["metadata"]["name"] = "wrong".into();
        object["spec"][field] = wrong.clone();
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        let error = raw.create(&object).await.expect_err(field);
        assert!(error.is_invalid(), "{field}: {wrong}: {}", error.chain());
    }
}

#[tokio::test]
async fn a_real_cluster_takes_every_shape_and_agrees_with_the_types() {
    if let Some(cluster) = RealCluster::start() {
        agrees(cluster.client()).await;
    }
}

#[kube_testing::test]
async fn the_embedded_server_takes_every_shape_and_agrees_with_the_types(cluster: Cluster) {
    agrees(cluster.client().clone()).await;
}
