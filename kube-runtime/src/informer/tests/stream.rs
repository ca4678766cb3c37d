//! What a watch brings that is no plain change, and what is made of it.

use kube_core::Status;
use serde_json::json;

use super::*;
use crate::flow::sample::raw;

fn closures(informer: Informer) -> (InformerHandle<ConfigMap>, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let [added, updated] = std::array::from_fn(|_| Arc::clone(&told));
    let name = |map: &ConfigMap| map.metadata.name.clone().unwrap_or_default();
    let handle = InformerHandle::new(informer)
        .on_add(move |new| added.lock().push(format!("+{}", name(&new))))
        .on_update(move |_, new| updated.lock().push(name(&new)));
    (handle, told)
}

#[tokio::test(start_paused = true)]
async fn an_object_of_another_kind_is_no_object_of_its_readers_and_the_others_go_on() {
    let server = Arc::new(Server::default());
    server.put("x", 1, false);
    let (handle, told) = closures(informer(&server));
    play(&handle, async {
        let metadata = json!({"namespace": "a", "name": "odd", "uid": "u", "resourceVersion": "2"});
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata});
        server.put_object(raw(&secret), true);
        server.put("x", 3, true);
        quiet().await;
        assert_eq!(handle.lister().list().len(), 1);
        let error = handle.lister().get("a", "odd").unwrap_err();
        assert!(error.chain().contains("failed to read `a/odd` as ConfigMap"), "{}", error.chain());
        assert_eq!(server.asked(), ["list", "watch 1"], "the watch goes on");
    })
    .await;
    assert_eq!(*told.lock(), ["+x", "x"]);
}

#[tokio::test(start_paused = true)]
async fn a_table_in_the_stream_is_passed_over() {
    let server = Arc::new(Server::default());
    server.put("x", 1, false);
    let (handle, told) = closures(informer(&server));
    let table = json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": "2"},
        "columnDefinitions": [], "rows": [{"cells": ["x"], "object": {"metadata": {"name": "x"}}}],
    });
    let table = RawObject::parse(table.to_string().into(), false).unwrap_err();
    play(&handle, async {
        server.tell(Some(WatchEvent::Malformed(table)));
        server.put("x", 3, true);
        quiet().await;
        assert_eq!(handle.lister().list().len(), 1);
        assert_eq!(server.asked(), ["list", "watch 1"], "the watch goes on");
    })
    .await;
    assert_eq!(*told.lock(), ["+x", "x"]);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_the_server_lost_is_removed_by_the_list_that_follows() {
    let server = Arc::new(Server::default());
    ["x", "y"].iter().zip(1..).for_each(|(name, version)| server.put(name, version, false));
    let informer = informer(&server);
    let told = diary(&informer);
    play(&informer, async {
        told.lock().clear();
        server.asked();
        server.delete("x", 3, false);
        let lost =
            Status::failure(500, "StoreReadError", "data from the storage is not transformable");
        server.tell(Some(WatchEvent::Error(lost)));
        server.close();
        pass(Duration::from_secs(5)).await;
        assert!(informer.store().get(&Key::namespaced("a", "x")).is_none());
    })
    .await;
    assert_eq!(*told.lock(), ["-x@1 unknown"]);
    assert_eq!(server.asked(), ["list", "watch 3"]);
}

#[tokio::test(start_paused = true)]
async fn what_comes_after_an_object_that_has_gone_is_told_at_once() {
    let server = Arc::new(Server::default());
    let informer = informer(&server);
    let told = diary(&informer);
    play(&informer, async {
        server.put("x", 1, true);
        server.delete("x", 2, true);
        server.put("y", 3, true);
        // Nothing else happens that could wake the handler.
        quiet().await;
        assert_eq!(*told.lock(), ["+x@1", "-x@2", "+y@3"]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_watch_is_not_logged_an_expired_version_quietly_and_the_rest_as_warnings() {
    let (log, _guard) = log(Level::DEBUG);
    let logged = || String::from_utf8(std::mem::take(&mut *log.lock())).unwrap();
    let server = Arc::new(Server::default());
    server.put("x", 1, false);
    let informer = informer(&server);
    play(&informer, async {
        server.put("x", 2, true);
        quiet().await;
        server.close();
        quiet().await;
        assert_eq!(logged(), "", "a watch that ends is as it should be");
        server.put("x", 3, true);
        quiet().await;
        server.expire();
        quiet().await;
        let expired = logged();
        assert!(expired.contains("DEBUG") && !expired.contains("WARN"), "{expired}");
        let broken = Status::failure(500, "InternalError", "out of order");
        server.tell(Some(WatchEvent::Error(broken)));
        quiet().await;
        let broken = logged();
        assert!(broken.contains("WARN") && broken.contains("out of order"), "{broken}");
    })
    .await;
}
