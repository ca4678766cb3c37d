//! `method(..)`: what client-gen's extra methods are, on a kind of one's own and on views of kinds that a cluster has.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing there")]

use k8s_openapi::ByteString;
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::authentication::v1::TokenRequestSpec;
use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
use k8s_openapi::api::certificates::v1::CertificateSigningRequestCondition;
use k8s_openapi::api::certificates::v1::CertificateSigningRequestSpec;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube_core::CustomResource as _;
use kube_core::Patch;
use kube_core::api::Scale;
use kube_runtime::prelude::*;
use kube_testing::Cluster;
use kube_testing::Grants;
use kube_testing::NAMESPACE;
use serde_json::json;

use super::served::define;
use super::served::first;
use crate::log::Log;
use crate::real::RealCluster;

/// A request for a certificate, which is decided on and never written otherwise.
#[derive(Resource, Clone, Debug)]
#[resource(
    existing = "certificates.k8s.io/v1/CertificateSigningRequest",
    only_verbs(get, list, watch)
)]
#[resource(method(
    name = update_approval, verb = update, subresource = "approval",
    input = CertificateSigningRequest, result = CertificateSigningRequest
))]
#[resource(method(name = get_whole, verb = get, result = CertificateSigningRequest))]
struct Asked {
    metadata: ObjectMeta,
}

/// Whose token is asked for.
#[derive(Resource, Clone, Debug)]
#[resource(existing = "v1/ServiceAccount", only_verbs(get, list, watch))]
#[resource(method(name = create_token, verb = create, subresource = "token", input = TokenRequest, result = TokenRequest))]
#[resource(method(name = list_as_json, verb = list, result = serde_json::Value))]
struct Account {
    metadata: ObjectMeta,
}

/// A fleet of boats.
#[derive(Resource, Clone, Debug)]
#[resource(group = "test.example.com", version = "v1", kind = "Fleet", namespaced, status = FleetStatus)]
#[resource(scale(spec = ".spec.boats", status = ".status.boats"))]
#[resource(method(name = get_scale, verb = get, subresource = "scale", result = Scale))]
#[resource(method(name = patch_scale, verb = patch, subresource = "scale", result = Scale))]
#[resource(method(name = update_scale, verb = update, subresource = "scale", input = Scale, result = Scale))]
#[resource(method(name = apply_status, verb = apply, subresource = "status"))]
struct FleetSpec {
    boats: i32,
}

#[derive(Schema, Clone, Debug, Default)]
struct FleetStatus {
    boats: i32,
}

/// From kube-core's own template, so that a genuine server takes it.
fn signing_request(name: &str) -> CertificateSigningRequest {
    let key = kube_core::certificates::PrivateKey::generate().unwrap();
    let pem = kube_core::certificates::Template::new("jane").request(&key).unwrap();
    let mut request = CertificateSigningRequest::default();
    request.metadata.name = Some(name.to_owned());
    request.spec = CertificateSigningRequestSpec {
        request: ByteString(pem.into_bytes()),
        signer_name: "kubernetes.io/kube-apiserver-client".to_owned(),
        usages: Some(vec!["client auth".to_owned()]),
        ..CertificateSigningRequestSpec::default()
    };
    request
}

fn approved(mut request: CertificateSigningRequest) -> CertificateSigningRequest {
    let condition = CertificateSigningRequestCondition {
        type_: "Approved".to_owned(),
        status: "True".to_owned(),
        reason: Some("KnownToUs".to_owned()),
        ..CertificateSigningRequestCondition::default()
    };
    request.status.get_or_insert_default().conditions = Some(vec![condition]);
    request
}

fn for_ten_minutes() -> TokenRequest {
    let spec = TokenRequestSpec { expiration_seconds: Some(600), ..TokenRequestSpec::default() };
    TokenRequest { spec: Some(spec), ..TokenRequest::default() }
}

fn kinds_of(request: &CertificateSigningRequest) -> Vec<&str> {
    let conditions = request.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.map(|condition| condition.type_.as_str()).collect()
}

/// Every method, each on a server that knows what it does.
async fn the_server_does_what_they_say(client: Client) {
    client.all::<CertificateSigningRequest>().create(&signing_request("jane")).await.unwrap();
    let requests = client.all::<Asked>();
    let whole = requests.get_whole("jane").await.unwrap();
    assert_eq!(kinds_of(&whole), [] as [&str; 0]);
    let decided = requests.update_approval("jane", &approved(whole.clone())).await.unwrap();
    assert_eq!(kinds_of(&decided), ["Approved"]);
    let stale = requests.update_approval("jane", &approved(whole)).field_manager("late").await;
    assert!(stale.unwrap_err().is_conflict());

    let accounts = client.namespace("default").api::<Account>();
    let mut robot = ServiceAccount::default();
    robot.metadata.name = Some("robot".to_owned());
    client.namespace("default").create(&robot).await.unwrap();
    let token = accounts.create_token("robot", &for_ten_minutes()).await.unwrap();
    let secret = token.status.unwrap().token.unwrap();
    assert_eq!(secret.split('.').count(), 3, "it is a signed one");
    let known = accounts.list_as_json().await.unwrap().items;
    assert!(known.iter().any(|account| account["metadata"]["name"] == "robot"), "{known:?}");
    let missing = accounts.create_token("nobody", &for_ten_minutes()).await.unwrap_err();
    assert!(missing.is_not_found(), "{}", missing.chain());
    let nowhere = client.all::<Account>().create_token("robot", &for_ten_minutes()).await;
    assert!(nowhere.unwrap_err().chain().contains("needs a namespace"));

    define(&client, Fleet::definition()).await;
    let fleet = json!({ "metadata": { "name": "north" }, "spec": { "boats": 2 } });
    first::<Fleet>(&client, Some("default"), fleet).await;
    let fleets = client.namespace("default").api::<Fleet>();
    let boats = |scale: &Scale| scale.spec.as_ref().unwrap().replicas.unwrap();
    let mut scale = fleets.get_scale("north").await.unwrap();
    assert_eq!(boats(&scale), 2);
    scale.spec.get_or_insert_default().replicas = Some(3);
    assert_eq!(boats(&fleets.update_scale("north", &scale).await.unwrap()), 3);
    let four = Patch::Merge(json!({ "spec": { "replicas": 4 } }));
    assert_eq!(boats(&fleets.patch_scale("north", four).dry_run(true).await.unwrap()), 4);
    let seen = Fleet::named("north").status(FleetStatusApply::new().boats(5));
    let told = fleets.apply_status("north", &seen).field_manager("me").await.unwrap();
    assert_eq!((told.spec.boats, told.status.unwrap().boats), (3, 5));
}

#[kube_testing::test]
async fn each_method_does_on_the_embedded_server_what_it_says(cluster: Cluster) {
    the_server_does_what_they_say(cluster.client().clone()).await;
}

#[tokio::test]
async fn each_method_does_on_a_genuine_server_what_it_says() {
    if let Some(cluster) = RealCluster::start() {
        the_server_does_what_they_say(cluster.client()).await;
    }
}

/// Approves what it may, and asks for a token, which it did not declare.
#[controller(permissions(Asked/approval: update, CertificateSigningRequest: get))]
async fn approve(asked: Object<Asked>, client: Client, log: State<Log>) -> Result<Action> {
    let requests = client.all::<Asked>();
    let whole = requests.get_whole(asked.name()).await?;
    if kinds_of(&whole).is_empty() {
        requests.update_approval(asked.name(), &approved(whole)).await?;
    }
    let accounts = client.namespace(NAMESPACE).api::<Account>();
    let refused = accounts.create_token("robot", &for_ten_minutes()).await.unwrap_err();
    log.add(refused.chain());
    Ok(Action::done())
}

#[kube_testing::test]
async fn a_controller_declares_its_methods_as_any_verb(cluster: Cluster) {
    let log = Log::default();
    let operator = Operator::new("approver").state(log.clone()).controller(approve);
    let grants = Grants::of(&operator, NAMESPACE);
    cluster.run(operator).await;
    cluster.create(&signing_request("jane")).await;
    cluster.settled().await;
    assert_eq!(kinds_of(&cluster.get("jane").await), ["Approved"]);
    let told = log.take();
    let remedy = "add `permissions(ServiceAccount/token: create)` to its attribute";
    assert!(!told.is_empty() && told.iter().all(|line| line.contains(remedy)), "{told:?}");
    let journal = cluster.journal();
    assert!(journal.iter().all(|entry| !entry.path.ends_with("/token")), "no request left");
    grants.used_by(&journal).exact().unwrap();
}
