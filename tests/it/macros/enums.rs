//! Enums, generics and what stands within others, as structural schemas: what is accepted is stored by a server and read as it was written.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing there")]

use std::collections::BTreeMap;

use kube_core::Client;
use kube_core::CustomResource as _;
use kube_core::definition::problems;
use kube_testing::Cluster;
use serde_json::Value;
use serde_json::json;

use super::served::define;
use super::served::first;
use crate::real::RealCluster;

#[derive(kube_core::Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", kind = "Harbour", namespaced)]
struct HarbourSpec {
    port: Port,
    ports: Option<Vec<Port>>,
    quays: Page<Quay>,
    names: Page<String>,
    crane: Option<Box<Crane>>,
    cargo: BTreeMap<String, Cargo>,
    place: (i32, i32),
    weather: Weather,
    #[serde(flatten)]
    master: Master,
}

/// A number or a name.
#[derive(kube_core::Schema, Clone, Debug)]
#[serde(untagged)]
enum Port {
    Number(u16),
    Name(String),
}

#[derive(kube_core::Schema, Clone, Debug)]
struct Page<T> {
    items: Vec<T>,
    more: Option<bool>,
}

#[derive(kube_core::Schema, Clone, Debug)]
struct Quay {
    #[resource(minimum = 1)]
    length: u32,
}

/// Told apart by a field.
#[derive(kube_core::Schema, Clone, Debug)]
#[serde(tag = "type")]
enum Crane {
    Fixed { height: u32 },
    Mobile { wheels: u32, driver: Option<String> },
    None,
}

/// Told apart by the name of the only field.
#[derive(kube_core::Schema, Clone, Debug)]
enum Cargo {
    Loose { kind: String },
    Boxes(Vec<String>),
}

/// Told apart by what they have.
#[derive(kube_core::Schema, Clone, Debug)]
#[serde(untagged)]
enum Weather {
    Wind { knots: u32 },
    Rain { millimeters: u32 },
}

#[derive(kube_core::Schema, Clone, Debug)]
struct Master {
    master: String,
    #[serde(rename = "since-year")]
    since: Option<i32>,
}

fn spec() -> Value {
    json!({
        "port": "http", "ports": [80, "https"], "quays": { "items": [{ "length": 90 }] },
        "names": { "items": ["a"], "more": true }, "crane": { "type": "Mobile", "wheels": 4 },
        "cargo": { "a": { "loose": { "kind": "coal" } }, "b": { "boxes": ["c"] } }, "place": [1, 2],
        "weather": { "knots": 12 }, "master": "Jane", "since-year": 1999,
    })
}

#[test]
fn enums_and_generics_have_structural_schemas() {
    let definition = Harbour::definition();
    assert_eq!(problems(&definition), Vec::<String>::new());
    let shown = serde_json::to_value(&definition).unwrap();
    let fields = &shown["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"];
    assert_eq!(fields["port"]["x-kubernetes-int-or-string"], true);
    assert_eq!(fields["ports"]["items"]["x-kubernetes-int-or-string"], true);
    assert_eq!(
        fields["quays"]["properties"]["items"]["items"]["properties"]["length"]["minimum"],
        1.0
    );
    assert_eq!(fields["names"]["properties"]["items"]["items"]["type"], "string");
    assert_eq!(fields["crane"]["properties"]["type"]["enum"], json!(["Fixed", "Mobile", "None"]));
    assert_eq!(fields["master"]["type"], "string");
    assert_eq!(fields["since-year"]["type"], "integer");
}

/// What was stored is what was written, and what fits no variant is refused.
async fn agrees(client: Client) {
    define(&client, Harbour::definition()).await;
    let object = json!({ "metadata": { "name": "ours" }, "spec": spec() });
    let created = first::<Harbour>(&client, Some("default"), object).await;
    assert_eq!(created.data["spec"], spec());
    let harbours = client.namespace("default").api::<Harbour>();
    let harbour = harbours.get("ours").await.unwrap();
    assert_eq!(serde_json::to_value(&harbour.spec).unwrap(), spec());
    for (field, wrong) in [
        ("port", json!(true)),
        ("crane", json!({ "type": "Fixed" })),
        ("crane", json!({ "type": "Flying" })),
        ("cargo", json!({ "a": {} })),
        ("quays", json!({ "items": [{ "length": 0 }] })),
        ("weather", json!({})),
        ("place", json!([1, "2"])),
    ] {
        let mut spec = spec();
        spec[field] = wrong.clone();
        let object = json!({ "metadata": { "name": "wrong" }, "spec": spec });
        let raw = client.api::<kube_core::DynamicObject>(
            <Harbour as kube_core::Resource>::RESOURCE,
            Some("default"),
        );
        let created = raw.create(&serde_json::from_value(object).unwrap()).await;
        assert!(created.is_err_and(|error| error.is_invalid()), "{field}: {wrong}");
    }
}

#[kube_testing::test]
async fn the_embedded_server_agrees_with_the_enums(cluster: Cluster) {
    agrees(cluster.client().clone()).await;
}

#[tokio::test]
async fn a_real_server_agrees_with_the_enums() {
    if let Some(cluster) = RealCluster::start() {
        agrees(cluster.client()).await;
    }
}
