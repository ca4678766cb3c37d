//! The client against a genuine Kubernetes, whose folder is in $REAL_CLUSTER (of `real-cluster up --nodes 2`).

use std::path::PathBuf;
use std::time::Duration;

use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Node, Pod, ServiceAccount};
use kube_core::api::{Deletion, Event};
use kube_core::config::LoadingRules;
use kube_core::request::Request;
use kube_core::{
    ApiResource, Client, Config, DynamicObject, Method, Patch, ResourceExt as _, Scope,
};
use serde_json::json;

fn folder() -> PathBuf {
    PathBuf::from(std::env::var_os("REAL_CLUSTER").expect("$REAL_CLUSTER is a folder"))
}

fn client(file: &str) -> Client {
    let config = LoadingRules::new().kubeconfig(folder().join(file)).load().unwrap();
    Client::new(config).unwrap().with_field_manager("kube-core-test")
}

fn map(name: &str) -> ConfigMap {
    let json =
        json!({ "metadata": { "name": name, "labels": { "app": "core" } }, "data": { "k": "1" } });
    serde_json::from_value(json).unwrap()
}

async fn namespace(client: &Client, name: &str) {
    let namespaces = client.cluster();
    let _ = namespaces.delete::<Namespace>(name).await;
    let json = json!({ "metadata": { "name": name } });
    let namespace: Namespace = serde_json::from_value(json).unwrap();
    for _ in 0..100 {
        match namespaces.create(&namespace).await {
            Ok(_) => return,
            Err(error) if error.is_already_exists() => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("{name} does not go");
}

async fn story(file: &str, place: &str) {
    let client = client(file);
    namespace(&client, place).await;
    let here = client.namespace(place);
    let maps = here.api::<ConfigMap>();

    let created = maps.create(&map("a")).await.unwrap();
    let began = created.resource_version().unwrap().to_owned();
    assert!(maps.create(&map("a")).await.unwrap_err().is_already_exists());
    let mut watch = maps.watch().labels("app=core").resource_version(&began).await.unwrap();

    let mut changed = created.clone();
    changed.data.get_or_insert_default().insert("k".to_owned(), "2".to_owned());
    let changed = maps.replace(&changed).await.unwrap();
    assert!(maps.replace(&created).await.unwrap_err().is_conflict());
    let patched = maps.patch("a", Patch::Merge(json!({ "data": { "x": "y" } }))).await.unwrap();
    assert_ne!(patched.resource_version(), changed.resource_version());
    let dry = maps.patch("a", Patch::Merge(json!({ "data": { "dry": "run" } }))).dry_run(true);
    assert_eq!(dry.await.unwrap().data.unwrap()["dry"], "run");
    let applied = here.apply(&map("b")).await.unwrap();
    assert_eq!(applied.data.unwrap()["k"], "1");
    let error = here.apply(&map("a")).field_manager("other").await.unwrap_err();
    assert!(error.is_conflict(), "{error:?}");
    here.apply(&map("a")).field_manager("other").force(true).await.unwrap();
    let read = maps.get("a").await.unwrap();
    assert_eq!(read.data.as_ref().unwrap()["k"], "1");
    // What was read is applied as it is, with its managers in it.
    let mut again = read.clone();
    again.metadata.resource_version = None;
    here.apply(&again).field_manager("third").force(true).await.unwrap();

    let page = maps.list().labels("app=core").limit(1).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let next = maps
        .list()
        .labels("app=core")
        .limit(1)
        .continue_token(page.metadata.continue_token.unwrap());
    assert_eq!(next.await.unwrap().items[0].name(), "b");
    assert!(matches!(maps.delete("b").await.unwrap(), Deletion::Done(_)));
    assert!(maps.get("b").optional().await.unwrap().is_none());
    maps.delete_collection().labels("app=core").await.unwrap();
    let mut seen = Vec::new();
    while seen.len() < 7 {
        let next = tokio::time::timeout(Duration::from_secs(10), watch.next()).await.unwrap();
        match next.unwrap().unwrap() {
            Event::Added(map) => seen.push(format!("added {}", map.name())),
            Event::Modified(map) => seen.push(format!("modified {}", map.name())),
            Event::Deleted(map) => seen.push(format!("deleted {}", map.name())),
            _ => {}
        }
    }
    let expected = [
        "modified a",
        "modified a",
        "added b",
        "modified a",
        "modified a",
        "deleted b",
        "deleted a",
    ];
    assert_eq!(seen, expected);
    client.cluster().delete::<Namespace>(place).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a real cluster in $REAL_CLUSTER"]
async fn every_verb_works_with_a_token_and_with_a_certificate() {
    story("kubeconfig", "core-token").await;
    story("kubeconfig-certificate", "core-certificate").await;
}

#[tokio::test]
#[ignore = "needs a real cluster in $REAL_CLUSTER"]
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
#[ignore = "needs a real cluster in $REAL_CLUSTER"]
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
#[ignore = "needs a real cluster in $REAL_CLUSTER"]
async fn two_hundred_watches_leave_room_for_a_read() {
    let client = client("kubeconfig");
    let mut open = Vec::new();
    for _ in 0..200 {
        open.push(client.all::<ConfigMap>().watch().raw().await.unwrap());
    }
    client.all::<Pod>().list().await.unwrap();
}

#[tokio::test]
#[ignore = "needs a real cluster in $REAL_CLUSTER"]
async fn every_refusal_is_one_line_that_says_what_to_do() {
    let good = client("kubeconfig");
    namespace(&good, "core-refused").await;
    let json = json!({ "metadata": { "name": "nobody" } });
    let account: ServiceAccount = serde_json::from_value(json).unwrap();
    let here = good.namespace("core-refused");
    here.create(&account).await.unwrap();
    let token = here.api::<ServiceAccount>().create_token("nobody").await.unwrap();

    let config = LoadingRules::new().kubeconfig(folder().join("kubeconfig")).load().unwrap();
    let nobody = Client::new(config.clone().token(token.expose())).unwrap();
    let wrong = Client::new(config.clone().token("wrong")).unwrap();
    let errors = [
        nobody.namespace("core-refused").list::<ConfigMap>().await.map(drop).unwrap_err(),
        wrong.namespace("core-refused").list::<ConfigMap>().await.map(drop).unwrap_err(),
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
        eprintln!("{}", error.chain());
        assert!(!error.chain().contains('\n'));
    }
    assert!(errors[0].is_forbidden() && errors[1].is_unauthorized() && errors[2].is_not_found());
    assert!(errors[3].is_not_found() && errors[4].is_not_found() && errors[5].is_invalid());
    good.cluster().delete::<Namespace>("core-refused").await.unwrap();
}
