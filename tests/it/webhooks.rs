//! What an operator is asked before an object is stored: by hand, by the embedded server, and by a real one over HTTPS.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by failing there")]

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use kube_core::ErrorKind;
use kube_core::Patch;
use kube_embedded::Https;
use kube_embedded::Server;
use kube_runtime::prelude::*;
use kube_runtime::webhook::WebhookServer;
use kube_testing::Cluster;
use kube_testing::InProcess;
use serde_json::Value;
use serde_json::json;

use crate::catching_up::until;
use crate::real::RealCluster;

/// A house.
///
/// It stands | on the ground.
#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", kind = "House", namespaced)]
struct HouseSpec {
    floors: i32,
    /// What it is painted with;
    /// white | if nobody says.
    #[resource(max_length = 20, pattern = "^[a-z]+$")]
    colour: Option<String>,
    #[resource(
        rule(cel = "self.all(door, door.wide >= 2)", message = "nobody fits through"),
        max_items = 3
    )]
    doors: Option<Vec<Door>>,
    #[resource(default = 1.5, exclusive_minimum = 1, multiple_of = 0.5, enum(1.5, 2.0))]
    storey: f64,
}

/// A way in.
#[derive(Schema, Clone, Debug)]
#[resource(at_most_one_of(key, code))]
struct Door {
    wide: i32,
    #[resource(max_length = 9)]
    key: Option<String>,
    #[resource(max_length = 9)]
    code: Option<String>,
}

/// How much may be taken down at once.
struct Step(i32);

#[webhook(validate, on(create, update, delete))]
async fn takes_down_slowly(change: Change<House>, step: State<Step>) -> Verdict {
    let floors = |house: Option<&House>| house.map(|house| house.spec.floors);
    match (floors(change.old_object()), floors(change.new_object())) {
        (Some(old), Some(new)) if old - new > step.0 => {
            Verdict::deny(Denied::because("one floor at a time").code(422))
        }
        (Some(_), None) if change.name() == "listed" => Verdict::deny("it is a monument"),
        (_, Some(floors)) if floors > 9 => Verdict::allow().warn("it needs a lift"),
        _ => Verdict::allow(),
    }
}

#[webhook(mutate, timeout = "5s")]
async fn paints(house: &mut House, maps: Lister<ConfigMap>) -> Result<(), Denied> {
    if house.spec.floors == 0 {
        return Err("a house has a floor".into());
    }
    let colours = maps.get(house.namespace(), "colours").ok().flatten();
    let usual = colours.and_then(|map| map.data.clone()?.remove("usual"));
    house.spec.colour.get_or_insert(usual.unwrap_or_else(|| "white".to_owned()));
    Ok(())
}

#[webhook(validate, failure_policy = ignore, labels = "haunted", timeout = "1s")]
async fn haunted(change: Change<House>) -> Result<Verdict> {
    match change.name() {
        "panics" => panic!("boo"),
        "fails" => Err(Error::msg("nobody is at home")),
        "sleeps" => std::future::pending().await,
        _ => Ok(Verdict::allow()),
    }
}

pub(crate) fn operator() -> Operator {
    Operator::new("architect")
        .state(Step(1))
        .webhook(takes_down_slowly)
        .webhook(paints)
        .webhook(haunted)
}

fn house(name: &str, spec: &Value) -> House {
    let object = json!({
        "apiVersion": "demo.example.com/v1", "kind": "House", "metadata": { "name": name }, "spec": spec,
    });
    serde_json::from_value(object).unwrap()
}

fn question(operation: &str, old: Option<Value>, new: Option<Value>) -> Vec<u8> {
    let object = |spec: Option<Value>| {
        spec.map(|spec| json!({ "metadata": { "name": "one", "namespace": "default" }, "spec": spec, "more": 1 }))
    };
    let question = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": "u-1", "operation": operation, "name": "one", "namespace": "default",
            "object": object(new), "oldObject": object(old), "userInfo": { "username": "me" },
        },
    });
    serde_json::to_vec(&question).unwrap()
}

async fn running(cluster: &Cluster) -> kube_runtime::manager::Running {
    let operator = operator().webhook_server(WebhookServer::off());
    operator.install_crds(cluster.client()).await.unwrap();
    operator.start(cluster.client().clone(), Shutdown::new()).await.unwrap()
}

#[kube_testing::test]
async fn a_webhook_judges_what_is_and_what_is_to_be(cluster: Cluster) {
    let running = running(&cluster).await;
    let webhooks = running.webhooks();
    let asked = async |operation: &str, old: Option<i32>, new: Option<i32>| {
        let spec = |floors: i32| json!({ "floors": floors });
        let body = question(operation, old.map(spec), new.map(spec));
        let answered = webhooks.answer("/validate/takes-down-slowly", &body).await;
        assert_eq!(answered.status, 200);
        let told: Value = serde_json::from_slice(&answered.body).unwrap();
        told["response"].clone()
    };
    assert_eq!(asked("UPDATE", Some(3), Some(2)).await, json!({ "uid": "u-1", "allowed": true }));
    assert_eq!(
        asked("UPDATE", Some(3), Some(1)).await,
        json!({ "uid": "u-1", "allowed": false, "status": { "code": 422, "message": "one floor at a time" } })
    );
    assert_eq!(
        asked("CREATE", None, Some(12)).await,
        json!({ "uid": "u-1", "allowed": true, "warnings": ["it needs a lift"] })
    );
    assert_eq!(asked("DELETE", Some(3), None).await["allowed"], true);
    running.stop().await.unwrap();
}

#[kube_testing::test]
async fn a_patch_has_what_the_function_changed_and_leaves_what_it_does_not_know(cluster: Cluster) {
    let mut colours = ConfigMap::default();
    colours.metadata.name = Some("colours".to_owned());
    colours.data = Some([("usual".to_owned(), "ochre".to_owned())].into());
    cluster.create(&colours).await;
    let running = running(&cluster).await;
    let body = question("CREATE", None, Some(json!({ "floors": 1, "unknown": true })));
    let answered = running.webhooks().answer("/mutate/paints", &body).await;
    let told: Value = serde_json::from_slice(&answered.body).unwrap();
    let patch = STANDARD.decode(told["response"]["patch"].as_str().unwrap()).unwrap();
    let patch: Value = serde_json::from_slice(&patch).unwrap();
    assert_eq!(patch, json!([{ "op": "add", "path": "/spec/colour", "value": "ochre" }]));
    let body = question("CREATE", None, Some(json!({ "floors": 0 })));
    let answered = running.webhooks().answer("/mutate/paints", &body).await;
    let told: Value = serde_json::from_slice(&answered.body).unwrap();
    assert_eq!(
        told["response"]["status"],
        json!({ "code": 403, "message": "a house has a floor" })
    );
    running.stop().await.unwrap();
}

#[kube_testing::test]
async fn a_function_that_panics_fails_or_sleeps_cannot_tell_and_harms_nobody_else(
    cluster: Cluster,
) {
    let running = running(&cluster).await;
    let webhooks = running.webhooks();
    let asked = async |name: &str| {
        let mut body: Value =
            serde_json::from_slice(&question("CREATE", None, Some(json!({ "floors": 1 }))))
                .unwrap();
        body["request"]["name"] = name.into();
        webhooks.answer("/validate/haunted", &serde_json::to_vec(&body).unwrap()).await
    };
    for (name, status, said) in [
        ("panics", 500, "webhook `haunted` panicked"),
        ("fails", 500, "webhook `haunted` failed; its operator's log says why"),
        ("sleeps", 504, "webhook `haunted` did not answer within 1s"),
    ] {
        let answered = asked(name).await;
        let body = String::from_utf8(answered.body).unwrap();
        assert_eq!((answered.status, body.as_str()), (status, said), "{name}");
    }
    assert_eq!(asked("quiet").await.status, 200);
    for line in [
        "controller_runtime_webhook_requests_total{webhook=\"/validate/haunted\",code=\"500\"} 2",
        "controller_runtime_webhook_requests_total{webhook=\"/validate/haunted\",code=\"504\"} 1",
        "controller_runtime_webhook_requests_in_flight{webhook=\"/validate/haunted\"} 0",
        "controller_runtime_webhook_panics_total{webhook=\"/validate/haunted\"} 1",
        "controller_runtime_webhook_latency_seconds_count{webhook=\"/validate/haunted\"} 4",
    ] {
        assert!(running.metrics().contains(line), "{line}");
    }
    let unknown = webhooks.answer("/validate/unknown", b"{}").await;
    assert_eq!(unknown.status, 404);
    let secret = question("CREATE", None, Some(json!({ "floors": "s3cret" })));
    let refused = webhooks.answer("/validate/takes-down-slowly", &secret).await;
    let told: Value = serde_json::from_slice(&refused.body).unwrap();
    let message = told["response"]["status"]["message"].as_str().unwrap();
    assert!(message.ends_with(".spec.floors: invalid type: string, expected i32"), "{message}");
    running.stop().await.unwrap();
}

#[test]
fn what_the_api_server_is_told_is_what_the_attributes_say() {
    let objects = operator().webhook_configurations("prod").unwrap();
    insta::assert_yaml_snapshot!(objects);
    let rbac = operator().rbac("prod");
    let rules = rbac.webhooks.unwrap().role.rules.unwrap();
    let names: Vec<_> = rules.iter().map(|rule| rule.resource_names.clone()).collect();
    assert_eq!(names, [None, Some(vec!["architect-webhook-tls".to_owned()])]);
}

#[test]
fn the_reference_has_each_field_with_what_is_said_of_it() {
    insta::assert_snapshot!(operator().docs());
}

#[test]
fn explain_says_when_each_webhook_is_asked() {
    insta::assert_snapshot!(operator().explain());
}

#[test]
fn a_state_that_nobody_gave_and_a_name_that_stands_twice_are_told_at_start() {
    let refused = |operator: Operator| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let config = kube_core::Config::new("http://127.0.0.1:1").unwrap();
        let client = Client::new(config).unwrap();
        let started = runtime.block_on(operator.start(client, Shutdown::new()));
        started.map(|_| ()).unwrap_err().to_string()
    };
    let told = refused(Operator::new("a").webhook(takes_down_slowly));
    assert!(told.starts_with("webhook `takes_down_slowly` asks for `State<"), "{told}");
    let told = refused(operator().webhook(paints));
    assert!(told.starts_with("there are two webhooks at `/mutate/paints`"), "{told}");
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The server asks over HTTPS, does what it is told, and is told when nobody is to be asked any more.
async fn is_asked(client: Client) {
    let port = free_port();
    let server =
        WebhookServer::at(format!("127.0.0.1:{port}")).url(format!("https://127.0.0.1:{port}"));
    let operator = operator().webhook_server(server);
    operator.install_crds(&client).await.unwrap();
    let running = operator.start(client.clone(), Shutdown::new()).await.unwrap();
    let houses = client.namespace("default").api::<House>();
    let painted = until(async || {
        let painted = houses.create(&house("probe", &json!({ "floors": 3 }))).dry_run(true).await;
        painted.ok().filter(|house| house.spec.colour.is_some())
    })
    .await;
    assert_eq!(painted.spec.colour.as_deref(), Some("white"));
    houses.create(&house("listed", &json!({ "floors": 3, "colour": "red" }))).await.unwrap();
    let smaller = |floors: i32| Patch::Merge(json!({ "spec": { "floors": floors } }));
    houses.patch("listed", smaller(2)).await.unwrap();
    let refused = houses.patch("listed", smaller(0)).await.unwrap_err();
    let expected = "admission webhook \"paints.architect.demo.example.com\" denied the request: a house has a floor";
    assert!(refused.chain().contains(expected), "{}", refused.chain());
    houses.patch("listed", smaller(4)).await.unwrap();
    let refused = houses.patch("listed", smaller(2)).await.unwrap_err();
    assert!(refused.chain().contains("one floor at a time"), "{}", refused.chain());
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    let refused = houses.delete("listed").await.unwrap_err();
    assert!(refused.is_forbidden() && refused.chain().contains("monument"), "{}", refused.chain());
    running.stop().await.unwrap();
    let all = client.cluster();
    assert!(
        all.get::<ValidatingWebhookConfiguration>("architect-local")
            .optional()
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        all.get::<MutatingWebhookConfiguration>("architect-local")
            .optional()
            .await
            .unwrap()
            .is_none()
    );
    until(async || houses.delete("listed").await.ok()).await;
}

/// With a Service, as in a cluster: the operator works as its own account, makes its certificate, keeps it and has the server trust it.
#[tokio::test]
async fn by_its_service_an_operator_is_asked_with_the_certificate_that_it_keeps_and_has_trusted() {
    let port = free_port();
    let address: std::net::SocketAddr = format!("127.0.0.1:{port}").parse().unwrap();
    let outbound = Https::new().service("default", "architect-webhook", address);
    let server = Server::builder().outbound(outbound).build();
    let admin = Client::over(Arc::new(InProcess::new(&server, server.admin_token())));
    let operator = || operator().webhook_server(WebhookServer::at(address.to_string()));
    operator().install_crds(&admin).await.unwrap();
    operator().install_rbac(&admin, "default").await.unwrap();
    operator().install_webhooks(&admin, "default").await.unwrap();
    let houses = admin.namespace("default").api::<House>();
    let new = || house("one", &json!({ "floors": 3, "storey": 1.5 }));
    let early = houses.create(&new()).await.unwrap_err().chain();
    assert!(early.contains("failed calling webhook"), "{early}");

    let token = server.service_account_token("default", "architect").unwrap();
    let own =
        Client::over(Arc::new(InProcess::new(&server, token))).with_default_namespace("default");
    let start = async || operator().start(own.clone(), Shutdown::new()).await.unwrap();
    let running = start().await;
    let made = until(async || houses.create(&new()).await.ok()).await;
    assert_eq!(made.spec.colour.as_deref(), Some("white"));
    let secret =
        || async { admin.namespace("default").get::<Secret>("architect-webhook-tls").await };
    let first = secret().await.unwrap().data.unwrap();
    running.stop().await.unwrap();

    let running = start().await;
    until(async || houses.get("one").await.ok()).await;
    assert_eq!(secret().await.unwrap().data.unwrap(), first, "another replica has the same");
    let refused =
        houses.patch("one", Patch::Merge(json!({ "spec": { "floors": 1 } }))).await.unwrap_err();
    assert!(refused.chain().contains("one floor at a time"), "{}", refused.chain());
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_real_cluster_asks_over_https_and_does_as_it_is_told() {
    if let Some(cluster) = RealCluster::start() {
        is_asked(cluster.client()).await;
    }
}

#[kube_testing::test]
async fn the_server_of_a_test_asks_the_operators_that_it_runs(cluster: Cluster) {
    cluster.run(operator()).await;
    let houses = cluster.api::<House>();
    let made = houses.create(&house("listed", &json!({ "floors": 3 }))).await.unwrap();
    assert_eq!(made.spec.colour.as_deref(), Some("white"));
    let smaller = Patch::Merge(json!({ "spec": { "floors": 1 } }));
    let refused = houses.patch("listed", smaller).await.unwrap_err();
    let expected = "admission webhook \"takes-down-slowly.architect.demo.example.com\" denied the request: one floor at a time";
    assert!(refused.chain().contains(expected), "{}", refused.chain());
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    let refused = houses.delete("listed").await.unwrap_err();
    assert!(refused.is_forbidden(), "{}", refused.chain());
    let mut fails = house("fails", &json!({ "floors": 1 }));
    fails.metadata.labels = Some([("haunted".to_owned(), String::new())].into());
    houses.create(&fails).await.expect("what it cannot tell is let through");
    cluster.stop().await;
    let refused = houses.create(&house("later", &json!({ "floors": 1 }))).await.unwrap_err();
    assert!(refused.chain().contains("failed calling webhook"), "{}", refused.chain());
}
