//! What the people who use an operator's kinds are given: samples and roles, and what an embedded and a genuine API server make of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::authorization::v1::SubjectAccessReview;
use kube_core::Api;
use kube_core::DynamicObject;
use kube_core::ResourceExt as _;
use kube_runtime::operator::Installation;
use kube_runtime::prelude::*;
use kube_testing::Cluster;
use kube_testing::InProcess;
use serde_json::json;

use crate::catching_up::until;
use crate::real::RealCluster;
use crate::website::operator::operator as website;

/// A kind that takes little of what one might write without thought.
#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", kind = "Garden", namespaced)]
#[resource(status = GardenStatus, scale(spec = ".spec.trees", status = ".status.trees"))]
struct GardenSpec {
    #[resource(minimum = 2, multiple_of = 3)]
    trees: i32,
    #[resource(pattern = "^[a-z][a-z0-9-]*\\.example\\.com$", min_length = 20)]
    host: String,
    #[resource(format = "ipv4")]
    address: String,
    #[resource(example = "1h", format = "duration")]
    watered: String,
    soil: Soil,
    #[resource(min_items = 2, items(min_length = 3))]
    #[resource(list_type = set)]
    flowers: Vec<String>,
    beds: BTreeMap<String, Bed>,
    fence: Fence,
    #[resource(exclusive_minimum = 0, maximum = 1)]
    slope: f64,
    #[resource(default = 7)]
    paths: i32,
    note: Option<String>,
    #[resource(rule(cel = "self == 'north'", message = "it faces north"), example = "north")]
    faces: String,
}

#[derive(Schema, Clone, Debug, Default)]
struct GardenStatus {
    trees: i32,
}

#[derive(Schema, Clone, Debug)]
enum Soil {
    Clay,
    Sand,
}

#[derive(Schema, Clone, Debug)]
struct Bed {
    width: i32,
}

#[derive(Schema, Clone, Debug)]
#[resource(exactly_one_of(wood, stone))]
struct Fence {
    #[resource(max_length = 9)]
    wood: Option<String>,
    #[resource(max_length = 9)]
    stone: Option<String>,
}

#[controller]
async fn tend(_: Object<Garden>) -> Result<Action> {
    Ok(Action::done())
}

fn gardener() -> Operator {
    Operator::new("gardener").controller(tend)
}

fn api(client: &Client, object: &DynamicObject) -> Api<DynamicObject> {
    client.dynamic_kind(&object.api_version, &object.kind).namespace("default")
}

/// Creates the samples of operators; a warning is a failure, for unknown fields are one.
async fn create_samples(client: &Client) {
    for operator in [gardener(), website(), crate::webhooks::operator()] {
        operator.install_crds(client).await.unwrap();
        let samples = operator.samples();
        assert_eq!(samples.len(), operator.crds().len());
        for sample in samples {
            let object: DynamicObject = serde_json::from_value(sample.clone()).unwrap();
            let made = api(client, &object).create(&object).await.unwrap();
            for (field, value) in sample["spec"].as_object().unwrap() {
                assert_eq!(&made.data["spec"][field], value, "{field} of {}", made.name());
            }
        }
    }
}

#[test]
fn a_sample_has_what_is_required_and_no_more() {
    let sample = gardener().samples().remove(0);
    insta::assert_snapshot!(serde_json::to_string_pretty(&sample).unwrap());
}

#[kube_testing::test]
async fn the_embedded_server_takes_the_samples(cluster: Cluster) {
    create_samples(cluster.client()).await;
}

#[test]
fn the_roles_for_people() {
    let objects = gardener().manifests(&Installation::new("gardener:1").roles(true)).unwrap();
    let is_role = |object: &&serde_json::Value| {
        let name = object["metadata"]["name"].as_str().unwrap();
        object["kind"] == "ClusterRole" && name.starts_with("gardener-garden-")
    };
    let roles: Vec<_> = objects.objects().iter().filter(is_role).collect();
    insta::assert_snapshot!(serde_json::to_string_pretty(&roles).unwrap());
    let without = gardener().manifests(&Installation::new("gardener:1")).unwrap();
    assert_eq!(without.objects().iter().filter(is_role).count(), 0);
}

/// Whether whoever has `role` in the namespace `default` may do this with gardens.
async fn may(client: &Client, role: &str, verb: &str, subresource: &str) -> bool {
    let review: SubjectAccessReview = serde_json::from_value(json!({
        "spec": { "user": role, "resourceAttributes": {
            "namespace": "default", "verb": verb, "group": "demo.example.com",
            "resource": "gardens", "subresource": subresource,
        } },
    }))
    .unwrap();
    client.cluster().create(&review).await.unwrap().status.unwrap().allowed
}

/// Those who have a role of Kubernetes' own in a namespace have these in it.
async fn aggregated(client: &Client) {
    for role in gardener().roles() {
        client.cluster().create(&role).await.unwrap();
    }
    for role in ["admin", "edit", "view"] {
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": { "name": role },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role },
            "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": role }],
        });
        let binding: DynamicObject = serde_json::from_value(binding).unwrap();
        api(client, &binding).create(&binding).await.unwrap();
    }
    until(async || may(client, "admin", "deletecollection", "").await.then_some(())).await;
    for (verb, subresource, who) in [
        ("deletecollection", "", ["admin"].as_slice()),
        ("update", "", &["admin", "edit"]),
        ("delete", "", &["admin", "edit"]),
        ("list", "", &["admin", "edit", "view"]),
        ("get", "status", &["admin", "edit", "view"]),
        ("patch", "status", &[]),
        ("patch", "scale", &["admin", "edit"]),
        ("get", "scale", &["admin", "edit", "view"]),
    ] {
        for role in ["admin", "edit", "view"] {
            let expected = who.contains(&role);
            assert_eq!(
                may(client, role, verb, subresource).await,
                expected,
                "{role} {verb} {subresource}"
            );
        }
    }
}

#[tokio::test]
async fn an_embedded_server_aggregates_the_roles() {
    let server = kube_embedded::Server::builder().seed(1).build();
    let client = Client::over(Arc::new(InProcess::new(&server, server.admin_token())));
    gardener().install_crds(&client).await.unwrap();
    aggregated(&client).await;
}

#[tokio::test]
async fn a_real_cluster_takes_the_samples_and_aggregates_the_roles() {
    let Some(cluster) = RealCluster::start() else { return };
    let client = cluster.client();
    create_samples(&client).await;
    aggregated(&client).await;
}
