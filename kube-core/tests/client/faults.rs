//! What goes wrong between a client and its server, over real HTTP: each fault, and what the client makes of it.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::client::{Write, WriteObserver};
use kube_core::{ApiResource, Client, ErrorKind, Patch, ResourceExt as _, WatchEvent};
use kube_embedded::{Ending, Fault, Server};
use serde_json::json;

use crate::embedded::served;
use crate::story::map;

/// Keeps the writes that it hears of.
#[derive(Default)]
struct Notes(std::sync::Mutex<Vec<Write>>);

impl WriteObserver for Notes {
    fn wrote(&self, _: &ApiResource, write: &Write) {
        self.0.lock().unwrap().push(write.clone());
    }
}

fn requests(server: &Server, verb: &str) -> usize {
    server
        .journal()
        .iter()
        .filter(|entry| entry.verb == verb && entry.path.contains("configmaps"))
        .count()
}

#[tokio::test]
async fn a_read_outlives_a_lost_connection() {
    let (server, _listening, client) = served().await;
    let maps = client.namespace("default").api::<ConfigMap>();
    maps.create(&map("a")).await.unwrap();
    server.faults().inject(Fault::cut().on("get", "configmaps"));
    assert_eq!(maps.get("a").await.unwrap().name(), "a");
    assert_eq!(server.faults().hits().len(), 1);
    assert_eq!(requests(&server, "get"), 2);
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_may_have_happened_and_is_not_repeated() {
    let (server, _listening, client) = served().await;
    let notes = Arc::new(Notes::default());
    let client = client.observed_by(Arc::<Notes>::clone(&notes));
    let maps = client.namespace("default").api::<ConfigMap>();
    server.faults().inject(Fault::lose_answer().on("create", "configmaps"));
    let error = maps.create(&map("a")).await.unwrap_err();
    assert!(error.is_outcome_unknown() && error.kind() == ErrorKind::Connection, "{error:?}");
    assert_eq!(requests(&server, "create"), 1);
    assert_eq!(maps.get("a").await.unwrap().name(), "a", "it did happen");
    let heard = std::mem::take(&mut *notes.0.lock().unwrap());
    assert!(matches!(heard.as_slice(), [Write::Unknown { .. }]), "{heard:?}");

    server.faults().inject(Fault::cut().on("patch", "configmaps"));
    let patch = Patch::Merge(json!({ "data": { "k": "2" } }));
    let error = maps.patch("a", patch).await.unwrap_err();
    assert!(error.is_outcome_unknown(), "{error:?}");
    assert_eq!(maps.get("a").await.unwrap().data.unwrap()["k"], "1", "it did not happen");
    let heard = std::mem::take(&mut *notes.0.lock().unwrap());
    assert!(matches!(heard.as_slice(), [Write::Unknown { name, .. }] if name == "a"), "{heard:?}");

    server.faults().inject(Fault::refuse(409).on("update", "configmaps"));
    let error = maps.replace(&map("a")).await.unwrap_err();
    assert!(error.is_conflict() && !error.is_outcome_unknown(), "{error:?}");
    assert!(notes.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn each_end_of_a_watch_is_told_apart() {
    let (server, _listening, client) = served().await;
    let maps = client.namespace("default").api::<ConfigMap>();
    maps.create(&map("a")).await.unwrap();
    let ended = async |ending: Ending, client: &Client| {
        server.faults().inject(Fault::end_watch(1, ending).on("watch", "configmaps"));
        let maps = client.namespace("default").api::<ConfigMap>();
        let patch = |part: &str| {
            let value = format!("{part} of {ending:?}");
            maps.patch("a", Patch::Merge(json!({ "data": { "k": value } }))).into_future()
        };
        let from = maps.get("a").await.unwrap();
        let watch =
            maps.watch().labels("app=core").resource_version(from.resource_version().unwrap());
        let mut watch = watch.raw().await.unwrap();
        patch("first").await.unwrap();
        patch("second").await.unwrap();
        // What was on its way when a connection breaks may be lost.
        loop {
            match watch.next().await {
                Ok(Some(WatchEvent::Modified(_))) => {}
                end => return end,
            }
        }
    };
    let last = ended(Ending::Close, &client).await.unwrap();
    assert!(last.is_none(), "{last:?}");
    for ending in [Ending::Cut, Ending::CutInFrame] {
        assert_eq!(ended(ending, &client).await.unwrap_err().kind(), ErrorKind::Connection);
    }
    let last = ended(Ending::Expired, &client).await.unwrap();
    assert!(matches!(&last, Some(WatchEvent::Error(status)) if status.code == 410), "{last:?}");
}

#[tokio::test]
async fn a_server_that_is_slower_than_the_timeout_is_given_up() {
    let (server, _listening, client) = served().await;
    server.faults().inject(Fault::delay(Duration::from_secs(60)).on("get", "configmaps"));
    let client = client.with_timeout(Duration::from_millis(200));
    let error = client.namespace("default").get::<ConfigMap>("a").await.unwrap_err();
    assert!(error.is_timeout() && error.chain().contains("within 0.2 s"), "{error:?}");
}
