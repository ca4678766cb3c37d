//! The client against a genuine Kubernetes, whose folder is in $REAL_CLUSTER_FOLDER (of `real-cluster up --nodes 2`).

use std::path::PathBuf;

use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Node, Pod, ServiceAccount};
use kube_core::api::Event;
use kube_core::config::{Change, Entry, LoadingRules, View};
use kube_core::plugin::{ExecCredential, ExecVersion};
use kube_core::request::Request;
use kube_core::{ApiResource, Client, Config, DynamicObject, Method, ResourceExt as _, Scope};
use serde_json::json;

use crate::plugin;
use crate::story::{every_verb, map, namespace};

pub(crate) fn folder() -> PathBuf {
    PathBuf::from(
        std::env::var_os("REAL_CLUSTER_FOLDER").expect("$REAL_CLUSTER_FOLDER is a folder"),
    )
}

pub(crate) fn config(file: &str) -> Config {
    LoadingRules::new().kubeconfig(folder().join(file)).load().unwrap()
}

pub(crate) fn client(file: &str) -> Client {
    Client::new(config(file)).unwrap().with_field_manager("kube-core-test")
}

#[tokio::test]
#[ignore = "needs a real cluster in $REAL_CLUSTER_FOLDER"]
async fn every_verb_works_with_a_token_and_with_a_certificate() {
    every_verb(&client("kubeconfig")).await;
    every_verb(&client("kubeconfig-certificate")).await;
}

#[tokio::test]
#[ignore = "needs a real cluster in $REAL_CLUSTER_FOLDER"]
async fn a_plugin_brings_the_token_of_an_account_and_the_certificate_of_a_user() {
    let good = client("kubeconfig");
    let place = namespace(&good).await;
    let json = json!({ "metadata": { "name": "nobody" } });
    let account: ServiceAccount = serde_json::from_value(json).unwrap();
    let here = good.namespace(&place);
    here.create(&account).await.unwrap();
    let token = here.api::<ServiceAccount>().create_token("nobody").await.unwrap();
    let from = LoadingRules::new().kubeconfig(folder().join("kubeconfig")).load().unwrap();
    let authority = folder().join("ca.crt");
    let cluster = json!({ "server": from.server(), "certificate-authority": authority });

    let at = tempfile::tempdir().unwrap();
    let rules = plugin::kubeconfig(at.path(), &cluster);
    std::fs::write(at.path().join("token"), "revoked").unwrap();
    std::fs::write(at.path().join("next"), token.expose()).unwrap();
    let client = Client::new(rules.load().unwrap()).unwrap();
    let error = client.namespace(&place).create(&map("a")).await.unwrap_err();
    let user = format!("system:serviceaccount:{place}:nobody");
    assert!(error.is_forbidden() && error.chain().contains(&user), "{error:?}");

    let pem = |name: &str| std::fs::read_to_string(folder().join(name)).unwrap();
    let answer = ExecCredential::certificate(pem("admin.crt"), pem("admin.key"));
    std::fs::write(at.path().join("answer"), answer.to_json(ExecVersion::V1)).unwrap();
    std::fs::write(at.path().join("plugin.sh"), "cat $FOLDER/answer").unwrap();
    let client = Client::new(rules.load().unwrap()).unwrap();
    every_verb(&client.with_field_manager("kube-core-test")).await;
    good.cluster().delete::<Namespace>(&place).await.unwrap();
}

/// What kubectl prints.
fn kubectl(kubeconfig: &std::path::Path, line: &str) -> String {
    let mut command = std::process::Command::new(std::env::var_os("REAL_CLUSTER_BINARY").unwrap());
    command.arg("kubectl").args(line.split(' ')).env("KUBECONFIG", kubeconfig);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs a real cluster in $REAL_CLUSTER_FOLDER"]
fn a_kubeconfig_is_viewed_and_changed_as_kubectl_does_it() {
    let at = tempfile::tempdir().unwrap();
    let path = at.path().join("config");
    std::fs::copy(folder().join("kubeconfig-certificate"), &path).unwrap();
    let rules = LoadingRules::new().kubeconfig(&path);
    kubectl(&path, "config set-credentials jane --token abc --client-certificate no.crt");
    kubectl(
        &path,
        "config set-credentials plugin --exec-command a --exec-api-version client.authentication.k8s.io/v1 --exec-arg b",
    );
    kubectl(&path, "config set-context other --cluster real --user jane --namespace shop");
    let context = json!({ "cluster": "real", "user": "plugin", "namespace": "ours" });
    rules
        .modify(&[
            Change::entry(Entry::Context, "third", context),
            Change::field(Entry::User, "jane", "token", "another: one"),
            Change::current_context("third"),
        ])
        .unwrap();
    assert_eq!(kubectl(&path, "config current-context").trim(), "third");
    assert_eq!(kubectl(&path, "config get-contexts -o name"), "other\nreal\nthird\n");
    let same = |flags: &str, view: View| {
        let theirs = kubectl(&path, &format!("config view -o json{flags}"));
        let mut theirs: serde_json::Value = serde_json::from_str(&theirs).unwrap();
        theirs.as_object_mut().unwrap().remove("preferences");
        assert_eq!(view.to_json(), theirs, "{flags}");
    };
    let view = || rules.view().unwrap();
    same("", view().redact());
    same(" --raw", view());
    same(" --minify --raw", view().minify().unwrap());
    rules.modify(&[Change::without_field(Entry::User, "jane", "client-certificate")]).unwrap();
    same(" --flatten --raw", view().flatten().unwrap());
    kubectl(&path, "config use-context real");
    assert_eq!(
        kubectl(&path, "auth whoami -o name"),
        kubectl(&folder().join("kubeconfig-certificate"), "auth whoami -o name")
    );
}

#[tokio::test]
#[ignore = "needs a real cluster in $REAL_CLUSTER_FOLDER"]
async fn kinds_are_found_by_name_and_metadata_comes_alone() {
    let client = client("kubeconfig");
    for (word, expected) in [
        ("po", "pods"),
        ("deploy", "deployments.apps"),
        ("Event", "events"),
        ("crd", "customresourcedefinitions.apiextensions.k8s.io"),
    ] {
        assert_eq!(client.discovery().resolve(word).await.unwrap().to_string(), expected);
    }
    assert_eq!(client.discovery().kinds().await.unwrap().unknown, []);
    let nodes = client.dynamic("no").list().await.unwrap();
    assert_eq!(nodes.items.len(), 2);
    let metadata = client.metadata::<Node>().list().await.unwrap();
    assert_eq!(metadata.items.len(), 2);
    let one = client.metadata::<Node>().get(nodes.items[0].name()).await.unwrap();
    assert_eq!(one.kind, "PartialObjectMetadata");
    assert!(client.dynamic("nothing").list().await.unwrap_err().is_not_found());
}

#[tokio::test]
#[ignore = "needs a real cluster in $REAL_CLUSTER_FOLDER"]
async fn the_present_objects_come_first_where_a_watch_asks_for_them() {
    let mut watch = client("kubeconfig").all::<Node>().watch().send_initial_events().await.unwrap();
    let mut added = 0;
    loop {
        match watch.next().await.unwrap().unwrap() {
            Event::Added(_) => added += 1,
            Event::Bookmark { initial_events_end: true, .. } => break,
            _ => {}
        }
    }
    assert_eq!(added, 2);
}

#[tokio::test]
#[ignore = "needs a real cluster in $REAL_CLUSTER_FOLDER"]
async fn two_hundred_watches_leave_room_for_a_read() {
    let client = client("kubeconfig");
    let mut open = Vec::new();
    for _ in 0..200 {
        open.push(client.all::<ConfigMap>().watch().raw().await.unwrap());
    }
    client.all::<Pod>().list().await.unwrap();
}

#[tokio::test]
#[ignore = "needs a real cluster in $REAL_CLUSTER_FOLDER"]
async fn every_refusal_is_one_line_that_says_what_to_do() {
    let good = client("kubeconfig");
    let place = namespace(&good).await;
    let json = json!({ "metadata": { "name": "nobody" } });
    let account: ServiceAccount = serde_json::from_value(json).unwrap();
    let here = good.namespace(&place);
    here.create(&account).await.unwrap();
    let token = here.api::<ServiceAccount>().create_token("nobody").await.unwrap();

    let config = config("kubeconfig");
    let nobody = Client::new(config.clone().token(token.expose())).unwrap();
    let wrong = Client::new(config.clone().token("wrong")).unwrap();
    let errors = [
        nobody.namespace(&place).list::<ConfigMap>().await.map(drop).unwrap_err(),
        wrong.namespace(&place).list::<ConfigMap>().await.map(drop).unwrap_err(),
        here.get::<ConfigMap>("missing").await.map(drop).unwrap_err(),
        good.api::<DynamicObject>(
            ApiResource::of("no.io", "v1", "No", "nos", Scope::Cluster),
            None,
        )
        .list()
        .await
        .map(drop)
        .unwrap_err(),
        good.namespace("missing").create(&map("a")).await.map(drop).unwrap_err(),
        here.create(&map("Not A Name")).await.map(drop).unwrap_err(),
        good.send(Request::raw(Method::Get, "/nothing").unwrap()).await.map(drop).unwrap_err(),
        Client::new(Config::new("https://127.0.0.1:1").unwrap())
            .unwrap()
            .cluster()
            .list::<Node>()
            .await
            .map(drop)
            .unwrap_err(),
        Client::new(Config::new(config.server()).unwrap())
            .unwrap()
            .cluster()
            .list::<Node>()
            .await
            .map(drop)
            .unwrap_err(),
    ];
    for error in &errors {
        let line = error.chain();
        assert!(
            line.starts_with("failed to ") && line.len() < 1000 && !line.contains('\n'),
            "{line}"
        );
    }
    assert!(errors[0].is_forbidden() && errors[1].is_unauthorized() && errors[2].is_not_found());
    assert!(errors[3].is_not_found() && errors[4].is_not_found() && errors[5].is_invalid());
    good.cluster().delete::<Namespace>(&place).await.unwrap();
}
