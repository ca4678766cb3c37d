//! Kinds with several versions: clients of both, an operator that converts, and what is stored; in process, over HTTPS, and on a real cluster.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing there")]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_core::Patch;
use kube_embedded::Https;
use kube_embedded::Server;
use kube_runtime::manager::Running;
use kube_runtime::operator::Installation;
use kube_runtime::operator::Migrated;
use kube_runtime::prelude::*;
use kube_runtime::webhook::WebhookServer;
use kube_testing::Cluster;
use kube_testing::InProcess;
use serde_json::Value;
use serde_json::json;

use crate::catching_up::until;
use crate::real::RealCluster;

/// The program of before, which knew one version.
mod before {
    use kube_runtime::prelude::*;

    #[derive(Resource, Clone, Debug)]
    #[resource(group = "demo.example.com", version = "v1beta1", kind = "Parcel", namespaced)]
    #[resource(status = super::ParcelStatus)]
    pub(super) struct ParcelSpec {
        pub(super) size: String,
    }
}

/// A parcel, measured as `2x3`.
#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1beta1", kind = "Parcel", namespaced, served)]
#[resource(status = ParcelStatus)]
struct ParcelV1beta1Spec {
    size: String,
}

/// A parcel.
#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", kind = "Parcel", namespaced, storage)]
#[resource(converts_from(ParcelV1beta1), status = ParcelStatus)]
struct ParcelSpec {
    wide: i32,
    high: i32,
    fragile: Option<bool>,
}

#[derive(Schema, Clone, Debug, Default)]
struct ParcelStatus {
    area: i32,
}

impl TryFrom<ParcelV1beta1Spec> for ParcelSpec {
    type Error = String;

    fn try_from(old: ParcelV1beta1Spec) -> Result<Self, String> {
        let (wide, high) = old.size.split_once('x').unwrap_or((&old.size, "1"));
        let number = |text: &str| match text {
            "" => Ok(1),
            text => text.parse().map_err(|_| format!("size: `{text}` is no number")),
        };
        Ok(Self { wide: number(wide)?, high: number(high)?, fragile: None })
    }
}

impl From<ParcelSpec> for ParcelV1beta1Spec {
    fn from(new: ParcelSpec) -> Self {
        Self { size: format!("{}x{}", new.wide, new.high) }
    }
}

#[controller]
async fn parcel(parcel: Object<Parcel>, cx: Cx<Parcel>) -> Result<Action> {
    let area = parcel.spec.wide * parcel.spec.high;
    cx.status(|status| status.area = area).await?;
    Ok(Action::done())
}

pub(crate) fn operator() -> Operator {
    Operator::new("post").controller(parcel)
}

fn old(name: &str, size: &str) -> ParcelV1beta1 {
    ParcelV1beta1::new(name, ParcelV1beta1Spec { size: size.to_owned() })
}

fn change(change: Value) -> Patch {
    Patch::Merge(change)
}

#[kube_testing::test]
async fn the_server_of_a_test_has_objects_converted_by_the_operators_that_it_runs(
    cluster: Cluster,
) {
    cluster.run(operator()).await;
    cluster.create(&old("one", "2x3")).await;
    cluster.settled().await;
    let parcel = cluster.get::<Parcel>("one").await;
    assert_eq!((parcel.spec.wide, parcel.spec.high), (2, 3));
    assert_eq!(parcel.status.unwrap().area, 6);
    cluster.patch::<Parcel>("one", json!({ "spec": { "fragile": true } })).await;
    let seen = cluster.patch::<ParcelV1beta1>("one", json!({ "spec": { "size": "4x3" } })).await;
    assert_eq!(seen.spec.size, "4x3");
    cluster.settled().await;
    let parcel = cluster.get::<Parcel>("one").await;
    assert_eq!((parcel.spec.wide, parcel.spec.fragile), (4, Some(true)));
    assert_eq!(cluster.get::<ParcelV1beta1>("one").await.status.unwrap().area, 12);
    let refused = cluster.api::<ParcelV1beta1>().create(&old("odd", "ax1")).await.unwrap_err();
    let expected = "failed to convert Parcel `default/odd` from demo.example.com/v1beta1 to v1: spec: size: `a` is no number";
    assert!(refused.chain().contains(expected), "{}", refused.chain());
}

#[test]
fn one_definition_names_all_versions_and_who_converts() {
    let manifests = operator().manifests(&Installation::new("post:1").namespace("prod")).unwrap();
    let of_kind = |kind: &str| {
        let mut found = manifests.objects().iter().filter(|object| object["kind"] == kind);
        found.next().unwrap().clone()
    };
    let definition = of_kind("CustomResourceDefinition");
    let names: BTreeSet<_> = definition["spec"]["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, BTreeSet::from(["v1", "v1beta1"]));
    let expected = json!({
        "strategy": "Webhook",
        "webhook": {
            "clientConfig": { "service": {
                "name": "post-webhook", "namespace": "prod", "port": 443, "path": "/convert/parcels.demo.example.com",
            } },
            "conversionReviewVersions": ["v1"],
        },
    });
    assert_eq!(definition["spec"]["conversion"], expected);
    let rules = of_kind("ClusterRole")["rules"].clone();
    let expected = json!({
        "apiGroups": ["apiextensions.k8s.io"], "resources": ["customresourcedefinitions"],
        "resourceNames": ["parcels.demo.example.com"], "verbs": ["patch"],
    });
    assert!(rules.as_array().unwrap().contains(&expected), "{rules}");
    let issued = Installation::new("post:1").namespace("prod").cert_manager(true);
    let issued = operator().manifests(&issued).unwrap();
    let issued =
        issued.objects().iter().find(|object| object["kind"] == "CustomResourceDefinition");
    let annotations = &issued.unwrap()["metadata"]["annotations"];
    assert_eq!(annotations["cert-manager.io/inject-ca-from"], "prod/post-webhook");
    assert!(operator().docs().contains("## Parcel (demo.example.com/v1beta1)"));
}

#[test]
fn an_operator_that_knows_only_a_version_that_is_not_stored_is_told_which_is_missing() {
    #[controller]
    async fn older(_parcel: Object<ParcelV1beta1>) -> Result<Action> {
        Ok(Action::done())
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let started = |operator: Operator| {
        let client = Client::new(kube_core::Config::new("http://127.0.0.1:1").unwrap()).unwrap();
        runtime.block_on(operator.start(client, Shutdown::new())).unwrap_err().to_string()
    };
    let told = started(Operator::new("post").controller(older));
    assert_eq!(
        told,
        "operator `post` knows Parcel in v1beta1 only, and objects are stored in another version: add that one with `.kind::<Parcel>()`"
    );
    let both = Operator::new("post").controller(older).kind::<Parcel>();
    assert_eq!(both.crds().len(), 1);
    assert_eq!(both.crds()[0].spec.versions.len(), 2);
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A cluster with objects that an older program stored is taken over by one that stores another version; then no object is stored in the old one.
async fn is_taken_over(client: Client) {
    let parcels = client.namespace("default").api::<before::Parcel>();
    Operator::new("post").kind::<before::Parcel>().install_crds(&client).await.unwrap();
    for place in 0..5 {
        let spec = before::ParcelSpec { size: format!("{place}x2") };
        until(async || {
            parcels.create(&before::Parcel::new(format!("p{place}"), spec.clone())).await.ok()
        })
        .await;
    }
    let port = free_port();
    let server =
        WebhookServer::at(format!("127.0.0.1:{port}")).url(format!("https://127.0.0.1:{port}"));
    let operator = || operator().webhook_server(server.clone());
    operator().install_crds(&client).await.unwrap();
    let running = operator().start(client.clone(), Shutdown::new()).await.unwrap();
    let new = client.namespace("default").api::<Parcel>();
    let parcel = until(async || new.get("p3").await.ok()).await;
    assert_eq!((parcel.spec.wide, parcel.spec.high), (3, 2));
    until(async || new.get("p3").await.ok()?.status.filter(|status| status.area == 6)).await;
    new.patch("p3", change(json!({ "spec": { "fragile": false } }))).await.unwrap();
    let seen = parcels.patch("p3", change(json!({ "spec": { "size": "3x9" } }))).await.unwrap();
    assert_eq!(seen.spec.size, "3x9");
    let parcel = new.get("p3").await.unwrap();
    assert_eq!((parcel.spec.high, parcel.spec.fragile), (9, Some(false)));

    let definitions = client.all::<CustomResourceDefinition>();
    let stored = async || {
        let definition = definitions.get("parcels.demo.example.com").await.unwrap();
        definition.status.unwrap().stored_versions.unwrap()
    };
    assert_eq!(stored().await, ["v1beta1", "v1"]);
    let mut told: Vec<Migrated> = Vec::new();
    operator().migrate_storage(&client, |migrated| told.push(migrated.clone())).await.unwrap();
    let last = told.last().unwrap().to_string();
    assert_eq!(last, "parcels.demo.example.com: 5 stored in v1: all");
    assert_eq!(stored().await, ["v1"]);
    let version = async || new.get("p1").await.unwrap().metadata.resource_version;
    let before = version().await;
    operator().migrate_storage(&client, |_| {}).await.unwrap();
    assert_eq!(version().await, before, "nothing is left to write");
    running.stop().await.unwrap();
    let back = definitions.get("parcels.demo.example.com").await.unwrap().spec.conversion.unwrap();
    let config = back.webhook.unwrap().client_config.unwrap();
    assert!(config.url.is_none() && config.service.is_some(), "what was borrowed is given back");
}

#[tokio::test]
async fn an_embedded_server_is_taken_over_from_an_older_program() {
    let server = Server::builder().outbound(Https::new()).build();
    is_taken_over(Client::over(Arc::new(InProcess::new(&server, server.admin_token())))).await;
}

#[tokio::test]
async fn a_real_cluster_is_taken_over_from_an_older_program() {
    if let Some(cluster) = RealCluster::start() {
        is_taken_over(cluster.client()).await;
    }
}

/// As its own account, by its Service, with a certificate that is renewed while clients of both versions go on.
#[tokio::test]
async fn while_the_certificate_is_renewed_no_conversion_fails() {
    let address: SocketAddr = format!("127.0.0.1:{}", free_port()).parse().unwrap();
    let outbound = Https::new().service("default", "post-webhook", address);
    let server = Server::builder().outbound(outbound).build();
    let admin = Client::over(Arc::new(InProcess::new(&server, server.admin_token())));
    let operator = || operator().webhook_server(WebhookServer::at(address.to_string()));
    operator().install_crds(&admin).await.unwrap();
    operator().install_rbac(&admin, "default").await.unwrap();
    let token = server.service_account_token("default", "post").unwrap();
    let own =
        Client::over(Arc::new(InProcess::new(&server, token))).with_default_namespace("default");
    let running: Running = operator().start(own, Shutdown::new()).await.unwrap();
    let parcels = admin.namespace("default").api::<ParcelV1beta1>();
    parcels.create(&old("one", "2x3")).await.unwrap();
    let certificate = async || {
        let secret = admin.namespace("default").get::<Secret>("post-webhook-tls").await.unwrap();
        secret.data.unwrap()["tls.crt"].clone()
    };
    let first = certificate().await;
    // The operator looks after it every hour, and its clock goes with tokio's.
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(300 * 24 * 3600)).await;
    tokio::time::resume();
    let mut renewed = 0;
    for place in 0..2000 {
        let size = format!("{place}x1");
        parcels.patch("one", change(json!({ "spec": { "size": size } }))).await.unwrap();
        assert_eq!(parcels.get("one").await.unwrap().spec.size, size);
        renewed += usize::from(renewed > 0 || certificate().await != first);
        if renewed > 50 {
            break;
        }
    }
    assert!(renewed > 50, "the certificate was renewed, and conversions went on");
    running.stop().await.unwrap();
}

#[test]
fn a_crash_before_or_after_any_of_its_writes_ends_in_the_same_state() {
    let plays = kube_testing::torture(operator, async |cluster: &Cluster| {
        cluster.create(&old("one", "2x3")).await;
        cluster.create(&old("two", "5x5")).await;
        cluster.advance("1m").await;
        cluster.patch::<ParcelV1beta1>("one", json!({ "spec": { "size": "7x3" } })).await;
        cluster.patch::<Parcel>("two", json!({ "spec": { "fragile": true } })).await;
        cluster.patch::<ParcelV1beta1>("two", json!({ "spec": { "size": "5x6" } })).await;
        cluster.advance("1m").await;
        let parcel = cluster.get::<Parcel>("two").await;
        assert_eq!((parcel.spec.high, parcel.spec.fragile), (6, Some(true)));
    });
    assert!(plays.crashes >= 8 && plays.behind >= 8 && plays.missed >= 1, "{plays:?}");
}
