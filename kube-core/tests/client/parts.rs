//! What is found out about a server, and the parts of objects that have a path of their own: the same against both servers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use futures::TryStreamExt as _;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Node, Pod};
use kube_core::api::Event;
use kube_core::discovery::DiskCache;
use kube_core::{Client, Config, Patch, Resource as _, ResourceExt as _};
use serde_json::{Value, json};

use crate::embedded::served;
use crate::real;
use crate::story::{map, namespace};

fn deployment(name: &str) -> Deployment {
    serde_json::from_value(json!({ "metadata": { "name": name }, "spec": {
        "replicas": 1, "selector": { "matchLabels": { "app": name } },
        "template": { "metadata": { "labels": { "app": name } }, "spec": { "containers": [{ "name": "a", "image": "a" }] } },
    } }))
    .unwrap()
}

async fn scales(client: &Client) {
    let place = namespace(client).await;
    let here = client.namespace(&place);
    here.create(&deployment("web")).await.unwrap();
    let any = client.dynamic("deploy").namespace(place.as_str());
    let set = any.scale().set("web", 3).await.unwrap();
    assert_eq!(set.spec.unwrap().replicas, Some(3));
    let mut scale = here.api::<Deployment>().scale().get("web").await.unwrap();
    assert_eq!(scale.status.as_ref().unwrap().selector.as_deref(), Some("app=web"));
    scale.spec.get_or_insert_default().replicas = Some(2);
    // A controller may write to it all the time: what is asked for here is not to depend on it.
    let revision = scale.metadata.resource_version.take();
    any.scale().replace("web", &scale).await.unwrap();
    let web = here.get::<Deployment>("web").await.unwrap();
    assert_eq!(web.spec.replicas, Some(2));
    scale.metadata.resource_version = revision;
    let error = any.scale().replace("web", &scale).await.unwrap_err();
    assert!(error.is_conflict(), "{error:?}");
    let none = client.dynamic("cm").namespace(place.as_str()).scale().set("web", 1).await;
    assert!(none.unwrap_err().is_not_found());
    client.cluster().delete::<Namespace>(&place).await.unwrap();
}

#[tokio::test]
async fn what_has_a_scale_is_scaled_whatever_it_is() {
    scales(&served().await.2).await;
}

#[tokio::test]
#[ignore = "needs a real cluster in $REAL_CLUSTER_FOLDER"]
async fn what_has_a_scale_is_scaled_whatever_it_is_on_a_genuine_one() {
    scales(&real::client("kubeconfig")).await;
}

async fn told(config: Config) {
    let folder = tempfile::tempdir().unwrap();
    let client = Client::new(config.clone()).unwrap();
    assert!(client.server_version().await.unwrap().is_at_least(1, 30));
    let disk = DiskCache::below(folder.path(), &config);
    let discovery = client.discovery().on_disk(disk.clone());
    let kinds = discovery.kinds().await.unwrap();
    assert!(kinds.find("apps", "v1", "Deployment").unwrap().has("scale"));
    assert!(kinds.serves("apps/v1") && kinds.has(&Deployment::RESOURCE));
    let all = discovery.category("all").await.unwrap();
    assert!(all.contains(&Deployment::RESOURCE) && all.len() < kinds.known.len(), "{all:?}");
    // Where nobody listens, what is on disk is all there is.
    let elsewhere = Client::new(Config::new("http://127.0.0.1:1").unwrap()).unwrap();
    let known = elsewhere.discovery().on_disk(disk).kinds().await.unwrap();
    assert_eq!(*known, *kinds);
    let schema = client.open_api().schema(&Deployment::RESOURCE).await.unwrap();
    assert!(schema.is_object());
}

#[tokio::test]
async fn what_was_discovered_is_kept_on_disk_as_kubectl_keeps_it() {
    let (server, listening, _) = served().await;
    told(Config::new(&listening.url()).unwrap().token(server.admin_token())).await;
}

#[tokio::test]
#[ignore = "needs a real cluster in $REAL_CLUSTER_FOLDER"]
async fn what_was_discovered_is_kept_on_disk_as_kubectl_keeps_it_of_a_genuine_one() {
    told(real::config("kubeconfig")).await;
}

/// Each file below a folder, as JSON.
fn files(folder: &Path) -> BTreeMap<PathBuf, Value> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let content = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), content);
            }
        }
    }
    found
}

/// What kubectl says, which is a part of the genuine cluster's program.
pub(crate) fn kubectl(arguments: &[&str]) -> std::process::Output {
    let program =
        std::env::var_os("REAL_CLUSTER_BINARY").expect("$REAL_CLUSTER_BINARY is a program");
    let kubeconfig = real::folder().join("kubeconfig");
    Command::new(program)
        .arg("kubectl")
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .args(arguments)
        .output()
        .unwrap()
}

fn api_resources(cache: &Path, more: &[&str]) -> String {
    let cache = format!("--cache-dir={}", cache.display());
    let told = kubectl(&[&["api-resources", &cache], more].concat());
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    String::from_utf8(told.stdout).unwrap()
}

#[tokio::test]
#[ignore = "needs a real cluster in $REAL_CLUSTER_FOLDER"]
async fn kubectl_and_we_read_each_others_folder() {
    let (theirs, ours) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let shown = api_resources(theirs.path(), &[]);
    let config = real::config("kubeconfig");
    let disk = DiskCache::below(ours.path(), &config);
    let client = Client::new(config.clone()).unwrap();
    let kinds = client.discovery().on_disk(disk.clone()).kinds().await.unwrap();
    assert_eq!(
        files(ours.path()),
        files(&theirs.path().join("discovery"))
            .into_iter()
            .map(|(path, value)| (Path::new("discovery").join(path), value))
            .collect()
    );

    let elsewhere = Client::new(Config::new("http://127.0.0.1:1").unwrap()).unwrap();
    let read = elsewhere.discovery().on_disk(DiskCache::below(theirs.path(), &config));
    assert_eq!(*read.kinds().await.unwrap(), *kinds);
    assert_eq!(api_resources(ours.path(), &["--cached"]), shown);
}

/// The recorded answers of kubectl are the ones that it gives; `JSONPATH_UPDATE=1` records them anew.
#[test]
#[ignore = "needs a real cluster in $REAL_CLUSTER_FOLDER"]
fn the_text_of_a_template_is_still_kubectls() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let object = golden.join("jsonpath.object.json").display().to_string();
    let recorded = std::fs::read_to_string(golden.join("jsonpath.jsonl")).unwrap();
    let (mut anew, mut differences) = (String::new(), Vec::new());
    for line in recorded.lines() {
        let known: Value = serde_json::from_str(line).unwrap();
        let template = known["template"].as_str().unwrap();
        let path = format!("jsonpath={template}");
        let told =
            kubectl(&["annotate", "--local", "-f", &object, "x=y", "--overwrite", "-o", &path]);
        let text = String::from_utf8(told.stdout).unwrap();
        let now = match told.status.success() {
            true => json!({ "template": template, "text": text }),
            false => json!({ "template": template, "refused": true }),
        };
        anew.push_str(&format!("{now}\n"));
        if now != known {
            differences.push(format!("{now}, but {line}"));
        }
    }
    if std::env::var_os("JSONPATH_UPDATE").is_some() {
        std::fs::write(golden.join("jsonpath.jsonl"), anew).unwrap();
    } else {
        assert!(differences.is_empty(), "{differences:#?}");
    }
}

async fn pod_goes_its_way(client: &Client) {
    let place = namespace(client).await;
    let pods = client.namespace(&place).api::<Pod>();
    let on = client.all::<Node>().list().await.unwrap().items[0].name().to_owned();
    let node = |pod: &Pod| pod.spec.as_ref().unwrap().node_name.clone();
    // No scheduler takes it from us.
    let pod: Pod = serde_json::from_value(json!({ "metadata": { "name": "a" }, "spec": {
        "schedulerName": "nobody", "terminationGracePeriodSeconds": 0, "automountServiceAccountToken": false,
        "containers": [{ "name": "a", "image": "a", "resources": { "requests": { "cpu": "10m" } } }],
    } }))
    .unwrap();
    pods.create(&pod).await.unwrap();
    // Before it runs: the cluster's simulated nodes cannot do it.
    let patch = json!({ "spec": { "containers": [{ "name": "a", "resources": { "requests": { "cpu": "20m" } } }] } });
    let resized = pods.resize().patch("a", Patch::Strategic(patch)).await.unwrap();
    let requests = resized.spec.unwrap().containers[0].resources.clone().unwrap().requests;
    assert_eq!(requests.unwrap()["cpu"].0, "20m");
    let answer = pods.bind("a", on.as_str()).await.unwrap();
    assert_eq!(answer["status"], "Success");
    let bound =
        pods.until("a", move |pod: Option<&Pod>| pod.is_some_and(|pod| node(pod).is_some()));
    assert_eq!(node(&bound.await.unwrap().unwrap()), Some(on));
    let patch = json!({ "spec": { "ephemeralContainers": [{ "name": "look", "image": "b" }] } });
    let looked = pods.ephemeral_containers().patch("a", Patch::Strategic(patch)).await.unwrap();
    assert_eq!(looked.spec.unwrap().ephemeral_containers.unwrap()[0].name, "look");
    pods.evict("a").dry_run(true).await.unwrap();
    assert!(pods.get("a").await.unwrap().metadata.deletion_timestamp.is_none());
    assert!(pods.evict("a").uid("another").await.unwrap_err().is_conflict());
    pods.evict("a").grace_period_seconds(0).await.unwrap();
    let gone = pods.until("a", |pod: Option<&Pod>| pod.is_none());
    gone.within(Duration::from_secs(60)).await.unwrap();

    let spaces = client.all::<Namespace>();
    let mut held = spaces.get(&place).await.unwrap();
    held.spec.get_or_insert_default().finalizers = Some(vec!["example.com/held".to_owned()]);
    spaces.finalize(&held).await.unwrap();
    client.cluster().delete::<Namespace>(&place).await.unwrap();
    let mut held = spaces.get(&place).await.unwrap();
    held.spec.get_or_insert_default().finalizers = None;
    spaces.finalize(&held).await.unwrap();
    let gone = spaces.until(place.as_str(), |space: Option<&Namespace>| space.is_none());
    gone.within(Duration::from_secs(60)).await.unwrap();
}

#[tokio::test]
async fn pods_are_bound_resized_looked_into_and_evicted() {
    pod_goes_its_way(&served().await.2).await;
}

#[tokio::test]
#[ignore = "needs a real cluster in $REAL_CLUSTER_FOLDER"]
async fn pods_are_bound_resized_looked_into_and_evicted_on_a_genuine_one() {
    pod_goes_its_way(&real::client("kubeconfig")).await;
}

async fn pages(client: &Client) {
    let place = namespace(client).await;
    let maps = client.namespace(&place).api::<ConfigMap>();
    for index in 0..7 {
        maps.create(&map(&format!("m{index}"))).await.unwrap();
    }
    let list = || maps.list().labels("app=core");
    let names: Vec<String> = list()
        .pages(3)
        .into_stream()
        .map_ok(|map| map.name().to_owned())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(names, ["m0", "m1", "m2", "m3", "m4", "m5", "m6"]);
    let whole = list().pages(2).whole().await.unwrap();
    assert_eq!(whole.items.len(), 7);
    // With time limits of a second the server ends the watch again and again.
    let version = whole.metadata.resource_version.clone();
    let watch = maps.watch().labels("app=core").resource_version(version);
    let mut watch = watch.timeout(Duration::from_secs(1)).resumed();
    for name in ["m0", "m1", "m2"] {
        tokio::time::timeout(Duration::from_millis(1200), watch.next()).await.unwrap_err();
        maps.delete(name).await.unwrap();
        let told = watch.next().await.unwrap();
        assert!(matches!(told, Some(Event::Deleted(map)) if map.name() == name));
    }
    // Metadata alone, and all of the rest gone at once.
    let heads = maps.metadata_only();
    assert_eq!(heads.list().labels("app=core").await.unwrap().items.len(), 4);
    let mut watch = heads.watch().labels("app=core").await.unwrap();
    assert!(matches!(watch.next().await.unwrap(), Some(Event::Added(head)) if head.name() == "m3"));
    heads.delete_collection().labels("app=core").await.unwrap();
    assert!(list().await.unwrap().items.is_empty());
    client.cluster().delete::<Namespace>(&place).await.unwrap();
}

#[tokio::test]
async fn lists_come_in_pages_and_watches_go_on() {
    pages(&served().await.2).await;
}

#[tokio::test]
#[ignore = "needs a real cluster in $REAL_CLUSTER_FOLDER"]
async fn lists_come_in_pages_and_watches_go_on_on_a_genuine_one() {
    pages(&real::client("kubeconfig")).await;
}
