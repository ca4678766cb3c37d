//! What installs an operator: the golden stream, and what an embedded and a genuine API server make of it.

use std::io::Write as _;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube_core::Api;
use kube_core::DynamicObject;
use kube_core::ResourceExt as _;
use kube_runtime::endpoint::Endpoint;
use kube_runtime::operator::Installation;
use kube_runtime::operator::Manifests;
use kube_runtime::prelude::*;
use kube_testing::Cluster;
use kube_testing::InProcess;
use serde_json::Value;

use crate::real::RealCluster;
use crate::webhooks;
use crate::website::operator::Website;
use crate::website::operator::WebsiteSpec;
use crate::website::operator::operator;

const IMAGE: &str = "registry.example.com/website:1.0";

fn elected() -> Operator {
    operator().leader_election(LeaderElection::default())
}

/// Every combination that makes other objects.
fn all() -> Vec<(Operator, Installation)> {
    let own = || Installation::new(IMAGE);
    vec![
        (operator(), own()),
        (elected(), own().namespace("sites").create_namespace(true)),
        (elected().serve(Endpoint::default().metrics(":9000").probes(":9000")), own()),
        (webhooks::operator(), own()),
    ]
}

#[test]
fn the_manifests_of_an_operator() {
    let stream = operator().manifests(&Installation::new(IMAGE)).unwrap().yaml().unwrap();
    insta::assert_snapshot!("alone_in_a_namespace_of_its_own", stream);
    let installation = Installation::new(IMAGE).namespace("sites").service_monitor(true);
    let manifests = elected().manifests(&installation).unwrap();
    let mut objects: Vec<Value> = manifests.objects().to_vec();
    objects.retain(|object| object["kind"] != "CustomResourceDefinition");
    let text: String = objects
        .iter()
        .map(|it| format!("{}\n", serde_json::to_string_pretty(it).unwrap()))
        .collect();
    insta::assert_snapshot!("two_of_whom_one_leads_in_a_namespace_of_others", text);
}

#[test]
fn the_manifests_of_an_operator_with_webhooks() {
    let shown = |installation: &Installation| {
        let manifests = webhooks::operator().manifests(installation).unwrap();
        let mut objects: Vec<Value> = manifests.objects().to_vec();
        objects.retain(|object| object["kind"] != "CustomResourceDefinition");
        objects
            .iter()
            .map(|it| format!("{}\n", serde_json::to_string_pretty(it).unwrap()))
            .collect::<String>()
    };
    let installation = Installation::new(IMAGE).namespace("houses");
    insta::assert_snapshot!("whose_certificate_it_makes_itself", shown(&installation));
    insta::assert_snapshot!(
        "whose_certificate_cert_manager_makes",
        shown(&installation.cert_manager(true))
    );
}

#[test]
fn a_namespace_that_others_may_use_is_made_only_when_that_is_asked_for() {
    let first = |installation: &Installation| {
        let manifests = operator().manifests(installation).unwrap();
        manifests.objects()[0]["kind"].as_str().unwrap().to_owned()
    };
    assert_eq!(first(&Installation::new(IMAGE)), "Namespace");
    let named = Installation::new(IMAGE).namespace("prod");
    assert_eq!(first(&named), "CustomResourceDefinition");
    assert_eq!(first(&named.create_namespace(true)), "Namespace");
    let error = operator().manifests(&Installation::new(IMAGE).namespace("Prod")).unwrap_err();
    assert!(error.to_string().contains("`Prod`"), "{error}");
}

fn api(client: &Client, object: &DynamicObject) -> Api<DynamicObject> {
    let api = client.dynamic_kind(&object.api_version, &object.kind);
    match object.namespace() {
        Some(namespace) => api.namespace(namespace),
        None => api,
    }
}

/// Applies all of it in its order.
pub(crate) async fn apply(client: &Client, manifests: &Manifests) {
    for object in manifests.objects() {
        let object: DynamicObject = serde_json::from_value(object.clone()).unwrap();
        api(client, &object).apply(&object).field_manager("test").await.unwrap();
    }
}

/// Which version of each is there. What counts changes of what is wanted says that: its status is not ours.
async fn versions(client: &Client, manifests: &Manifests) -> Vec<String> {
    let mut versions = Vec::new();
    for object in manifests.objects() {
        let object: DynamicObject = serde_json::from_value(object.clone()).unwrap();
        let live = api(client, &object).get(object.name()).await.unwrap();
        let version = match live.metadata.generation {
            Some(generation) => generation.to_string(),
            None => live.resource_version().unwrap().to_owned(),
        };
        versions.push(format!("{} {version}", object.kind));
    }
    versions
}

#[kube_testing::test]
async fn the_embedded_server_takes_all_of_it_and_a_second_time_nothing_changes(cluster: Cluster) {
    for (operator, installation) in all() {
        let manifests = operator.manifests(&installation).unwrap();
        apply(cluster.client(), &manifests).await;
        let first = versions(cluster.client(), &manifests).await;
        cluster.settled().await;
        apply(cluster.client(), &manifests).await;
        assert_eq!(versions(cluster.client(), &manifests).await, first);
    }
}

#[kube_testing::test]
async fn what_is_installed_may_do_its_work_and_take_part_in_its_election(cluster: Cluster) {
    let manifests = elected().manifests(&Installation::new(IMAGE)).unwrap();
    apply(cluster.client(), &manifests).await;
    // A definition is not served at once.
    cluster.advance("1s").await;
    let account = cluster.client().namespace("website-system").api::<ServiceAccount>();
    let token = account.create_token("website").await.unwrap();
    let client = Client::over(Arc::new(InProcess::new(cluster.server(), token.expose())));
    let election = LeaderElection::default().namespace("website-system");
    let running = operator().leader_election(election).start(client, Shutdown::new()).await;
    let running = running.unwrap();
    let spec = WebsiteSpec { image: "nginx".to_owned(), replicas: 1 };
    cluster.create(&Website::new("shop", spec)).await;
    cluster.advance("1m").await;
    assert!(running.is_leader());
    assert_eq!(cluster.get::<Website>("shop").await.status.map(|status| status.ready), Some(1));
    let refused: Vec<_> =
        cluster.journal().into_iter().filter(|entry| entry.status == 403).collect();
    assert!(refused.is_empty(), "{refused:?}");
    running.stop().await.unwrap();
}

/// Whether there is a `kubectl`; who runs the tests is told when there is none.
pub(crate) fn has_kubectl() -> bool {
    let version = Command::new("kubectl").args(["version", "--client"]).output();
    let found = version.is_ok_and(|output| output.status.success());
    if !found {
        #[expect(clippy::print_stderr, reason = "who runs the tests must see it")]
        {
            eprintln!(
                "SKIPPED: kubectl is not installed: manifests are applied by our client only"
            );
        }
    }
    found
}

/// Has kubectl apply all of it; a warning is a failure. Which of it that changed, as kubectl says.
pub(crate) fn kubectl(cluster: &RealCluster, arguments: &[&str], stream: &str) -> Vec<String> {
    let mut command = Command::new("kubectl");
    command.arg("--kubeconfig").arg(cluster.kubeconfig()).args(["apply", "-f", "-"]);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let failed = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && failed.is_empty(), "{arguments:?}: {failed}");
    let said = String::from_utf8(output.stdout).unwrap();
    // kubectl sends the selector of a budget each time, also when it is as it was.
    let is_new = |line: &&str| !line.contains(" unchanged") && !line.starts_with("poddisruption");
    said.lines().filter(is_new).map(str::to_owned).collect()
}

/// The Pods of an installation, when so many are ready: none is that the standard `restricted` of their namespace refuses.
#[expect(clippy::disallowed_methods, reason = "another process has to catch up")]
async fn pods(client: &Client, namespace: &str, wanted: usize) -> Vec<Pod> {
    let api = client.namespace(namespace).api::<Pod>();
    for _ in 0..200 {
        let pods = api.list().await.unwrap().items;
        let ready = |pod: &&Pod| {
            let status = pod.status.as_ref().and_then(|status| status.phase.as_deref());
            status == Some("Running")
        };
        if pods.iter().filter(ready).count() == wanted {
            return pods;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not {wanted} Pods within 20 seconds")
}

#[tokio::test]
async fn a_real_cluster_takes_all_of_it_runs_it_as_restricted_and_a_second_time_nothing_changes() {
    let Some(cluster) = RealCluster::start() else { return };
    let (client, has_kubectl) = (cluster.client(), has_kubectl());
    for (index, (operator, installation)) in all().into_iter().enumerate() {
        let manifests = operator.manifests(&installation).unwrap();
        let stream = manifests.yaml().unwrap();
        let again = async |arguments: &[&str]| {
            if has_kubectl {
                return kubectl(&cluster, arguments, &stream);
            }
            apply(&client, &manifests).await;
            Vec::new()
        };
        again(&[]).await;
        let first = versions(&client, &manifests).await;
        assert_eq!(again(&["--dry-run=server"]).await, [""; 0]);
        assert_eq!(again(&[]).await, [""; 0]);
        assert_eq!(versions(&client, &manifests).await, first);
        let namespace = installation.namespace.as_deref().unwrap_or("website-system");
        let pods = pods(&client, namespace, if index == 0 { 1 } else { 2 }).await;
        assert_eq!(pods[0].spec.as_ref().unwrap().service_account_name.as_deref(), Some("website"));
    }
}
