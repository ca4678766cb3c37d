//! One story of all verbs, which a genuine server and the embedded one tell in the same words.

use std::time::Duration;

use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube_core::api::{Deletion, Event};
use kube_core::{Client, Patch, ResourceExt as _};
use serde_json::json;

/// A map to play with.
pub(crate) fn map(name: &str) -> ConfigMap {
    let json =
        json!({ "metadata": { "name": name, "labels": { "app": "core" } }, "data": { "k": "1" } });
    serde_json::from_value(json).unwrap()
}

/// A namespace that is new, by its name.
pub(crate) async fn namespace(client: &Client) -> String {
    let json = json!({ "metadata": { "generateName": "core-" } });
    let namespace: Namespace = serde_json::from_value(json).unwrap();
    client.cluster().create(&namespace).await.unwrap().name().to_owned()
}

/// Creates, changes, applies, lists, watches and deletes maps in a namespace of its own.
pub(crate) async fn every_verb(client: &Client) {
    let place = namespace(client).await;
    let here = client.namespace(&place);
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
    client.cluster().delete::<Namespace>(&place).await.unwrap();
}
