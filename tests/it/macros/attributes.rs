//! What each attribute comes to in a definition, that none is lost on its way, and that a real server does what it says.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube_core::Client;
use kube_core::CustomResource as _;
use kube_core::DynamicObject;
use kube_core::Resource as _;
use kube_core::definition::problems;
use kube_testing::Cluster;
use serde_json::Value;
use serde_json::json;

use super::served::define;
use super::served::first;
use crate::real::RealCluster;

/// A printing press.
#[derive(kube_core::Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1beta1", namespaced, status = PressStatus)]
#[resource(plural = "presses", singular = "press", list_kind = "Presses", deprecated = "use v1")]
#[resource(label = "team=print", annotation = "note=made by hand, a=b")]
#[resource(scale(
    spec = ".spec.rollers",
    status = ".status.rollers",
    selector = ".status.selector"
))]
#[resource(selectable = ".spec.paper.size", title = "What it is", struct_type = granular)]
#[resource(print_column(name = "Age", path = ".metadata.creationTimestamp", type = "date"))]
#[resource(rule(
    cel = "self.rollers <= 8 || self.ink == 'black'",
    message = "with more than 8 rollers it prints black only",
    reason = FieldValueForbidden,
    field_path = ".ink"
))]
#[resource(exactly_one_of(file, address), at_most_one_of(namespace, class_name))]
#[resource(object_rule(cel = "self.metadata.name.size() <= 20"))]
#[resource(external_docs(url = "https://example.com/press", description = "More"))]
struct PressSpec {
    #[resource(default = 2, minimum = 0, exclusive_maximum = 20, multiple_of = 2)]
    rollers: i32,
    #[resource(enum("black", "blue"), selectable, print_column(name = "Ink", priority = 1))]
    ink: String,
    #[resource(exclusive_minimum = 0.5, format = "float", example = 1.5)]
    weight: f64,
    #[resource(format = "uri", max_length = 200, immutable)]
    address: Option<String>,
    file: Option<String>,
    namespace: Option<String>,
    class_name: Option<String>,
    #[resource(immutable, max_length = 63, title = "Who owns it")]
    owner: String,
    paper: Paper,
    #[resource(
        unique,
        max_items = 4,
        items(min_length = 1, max_length = 63, pattern = "^[a-z]+$")
    )]
    trays: Vec<String>,
    #[resource(items(minimum = 1), max_properties = 3, map_type = atomic)]
    speeds: Option<BTreeMap<String, i64>>,
    #[resource(embedded_resource, preserve_unknown_fields)]
    template: Value,
    #[resource(int_or_string)]
    surge: Value,
    limit: Option<IntOrString>,
    #[resource(
        rule(cel = "self.first <= self.last", message_expression = "self.first == 3 ? 'ends before 3' : 'ends before it begins'"),
        rule(cel = "!oldSelf.hasValue() || self.first >= oldSelf.value().first", optional_old_self),
        struct_type = atomic
    )]
    pages: Pages,
}

#[derive(kube_core::Schema, Clone, Debug)]
#[resource(rule(cel = "self.first > 0"))]
struct Pages {
    first: i64,
    last: i64,
}

#[derive(kube_core::Schema, Clone, Debug)]
struct Paper {
    size: String,
}

#[derive(kube_core::Schema, Clone, Debug, Default)]
struct PressStatus {
    #[resource(print_column(name = "Rollers"))]
    rollers: Option<i32>,
    selector: Option<String>,
}

fn definition() -> Value {
    serde_json::to_value(Press::definition()).expect("a definition is JSON")
}

#[test]
fn nothing_is_wrong_with_a_kind_that_uses_every_attribute() {
    assert_eq!(problems(&Press::definition()), Vec::<String>::new());
}

#[test]
fn what_stands_on_the_struct_is_said_of_the_definition() {
    let definition = definition();
    assert_eq!(definition["metadata"]["labels"], json!({ "team": "print" }));
    assert_eq!(definition["metadata"]["annotations"], json!({ "note": "made by hand, a=b" }));
    assert_eq!(definition["spec"]["names"]["listKind"], "Presses");
    let version = &definition["spec"]["versions"][0];
    assert_eq!(version["deprecated"], true);
    assert_eq!(version["deprecationWarning"], "use v1");
    assert_eq!(
        version["subresources"],
        json!({
            "scale": {
                "specReplicasPath": ".spec.rollers",
                "statusReplicasPath": ".status.rollers",
                "labelSelectorPath": ".status.selector",
            },
            "status": {},
        })
    );
}

#[test]
fn a_field_can_be_a_column_and_be_selected_by_wherever_it_stands() {
    let version = &definition()["spec"]["versions"][0];
    assert_eq!(
        version["selectableFields"],
        json!([{ "jsonPath": ".spec.paper.size" }, { "jsonPath": ".spec.ink" }])
    );
    assert_eq!(
        version["additionalPrinterColumns"],
        json!([
            { "name": "Age", "jsonPath": ".metadata.creationTimestamp", "type": "date" },
            { "name": "Ink", "jsonPath": ".spec.ink", "priority": 1, "type": "string" },
            { "name": "Rollers", "jsonPath": ".status.rollers", "type": "integer" },
        ])
    );
}

#[test]
fn what_stands_on_a_type_and_on_its_fields_is_in_the_schema_word_by_word() {
    let schema = &definition()["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    insta::assert_json_snapshot!(schema);
}

#[test]
fn the_tests_that_the_derive_emits_are_there_and_fail_where_something_is_wrong() {
    let listed = std::process::Command::new(std::env::current_exe().unwrap());
    let listed =
        { listed }.args(["--list", "a_cluster_takes_the_definition_of_"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    for name in [
        "attributes::a_cluster_takes_the_definition_of_press",
        "webhooks::a_cluster_takes_the_definition_of_house",
    ] {
        assert!(listed.contains(&format!("{name}: test")), "{name}: {listed}");
    }
    assert!(listed.lines().filter(|line| line.ends_with(": test")).count() >= 15, "{listed}");
    let failed = std::panic::catch_unwind(kube_core::__private::check::<Leaky>).unwrap_err();
    let told = failed.downcast_ref::<String>().unwrap();
    for part in [
        "- the object.properties[spec].properties[drops].x-kubernetes-validations[1].rule: compilation failed",
        "undefined field 'size'",
        "cost exceeds budget",
    ] {
        assert!(told.contains(part), "{part} is not in: {told}");
    }
}

/// Its rules are wrong: one names a field that is not there, one has no bound.
#[derive(kube_core::Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", untested)]
struct LeakySpec {
    #[resource(rule(cel = "self.size > 1"))]
    drops: Pages,
    #[resource(rule(cel = "self.all(a, self.all(b, a == b || a.contains(b)))"))]
    names: Vec<String>,
}

fn object() -> Value {
    json!({
        "apiVersion": "demo.example.com/v1beta1",
        "kind": "Press",
        "metadata": { "name": "one" },
        "spec": {
            "ink": "black", "weight": 2.5, "file": "a", "owner": "me", "paper": { "size": "a4" }, "trays": ["a", "b"],
            "speeds": { "fast": 2 }, "surge": "10%", "limit": 3, "pages": { "first": 1, "last": 2 },
            "template": { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p" }, "spec": { "kept": 1 } },
        },
    })
}

/// A server takes the definition and gives it back, and refuses what the types do.
async fn agrees(client: &Client) {
    define(client, Press::definition()).await;
    let created = first::<Press>(client, Some("default"), object()).await;
    let read: Press = serde_json::from_value(serde_json::to_value(&created).unwrap()).unwrap();
    assert_eq!((read.spec.rollers, &read.spec.template["spec"]["kept"]), (2, &json!(1)));

    let api = client.api::<DynamicObject>(Press::RESOURCE, Some("default"));
    for (field, selected) in [("spec.ink=black", 1), ("spec.paper.size!=a4", 0)] {
        assert_eq!(api.list().fields(field).await.unwrap().items.len(), selected, "{field}");
    }
    for (field, wrong) in [
        ("rollers", json!(20)),
        ("rollers", json!(3)),
        ("ink", json!("red")),
        ("weight", json!(0.5)),
        ("address", json!("no uri")),
        ("trays", json!(["a", "a"])),
        ("trays", json!(["A"])),
        ("trays", json!(["a", "b", "c", "d", "e"])),
        ("speeds", json!({ "slow": 0 })),
        ("surge", json!(true)),
        ("template", json!({ "spec": {} })),
    ] {
        let mut object = object();
        object["metadata"]["name"] = "wrong".into();
        object["spec"][field] = wrong.clone();
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        let error = api.create(&object).await.expect_err(field);
        assert!(error.is_invalid(), "{field}: {wrong}: {}", error.chain());
    }
}

/// What the rules say when they are broken.
async fn refuses_by_rules(client: &Client) {
    let api = client.api::<DynamicObject>(Press::RESOURCE, Some("default"));
    for (path, value, said) in [
        ("/spec/rollers", json!(10), None),
        (
            "/spec/owner",
            json!("you"),
            Some("spec.owner: Invalid value: \"you\": owner is immutable"),
        ),
        (
            "/spec/address",
            json!("https://example.com"),
            Some("exactly one of file, address must be set"),
        ),
        ("/spec/pages/first", json!(3), Some("ends before 3")),
        ("/spec/pages/first", json!(0), Some("failed rule: self.first > 0")),
    ] {
        let patch = json!([{ "op": "add", "path": path, "value": value }]);
        let patch = serde_json::from_value(patch).unwrap();
        let answer = api.patch("one", kube_core::Patch::Json(patch)).await;
        match (answer, said) {
            (Ok(_), None) => {}
            (Err(error), Some(said)) => {
                assert!(error.is_invalid() && error.chain().contains(said), "{}", error.chain());
            }
            (answer, _) => panic!("{path}: {said:?}: {answer:?}"),
        }
    }
}

#[tokio::test]
async fn a_real_cluster_takes_every_attribute_and_agrees_with_the_types() {
    if let Some(cluster) = RealCluster::start() {
        agrees(&cluster.client()).await;
        refuses_by_rules(&cluster.client()).await;
    }
}

#[kube_testing::test]
async fn the_embedded_server_takes_every_attribute_and_agrees_with_the_types(cluster: Cluster) {
    agrees(cluster.client()).await;
    refuses_by_rules(cluster.client()).await;
}
