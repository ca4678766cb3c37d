//! Informers of kinds that are known at run time only, and of nothing but metadata.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::Client;
use kube_core::ObjectMeta;
use kube_core::Resource;
use kube_core::ResourceExt;
use kube_embedded::Server;
use kube_runtime::clock::Seed;
use kube_runtime::informer::Informers;
use kube_runtime::reflector::Settings;
use kube_runtime::shutdown::Shutdown;
use kube_testing::InProcess;

fn world() -> (Client, Informers) {
    let server = Server::builder().seed(7).build();
    let client = Client::over(Arc::new(InProcess::new(&server, server.admin_token())));
    let informers = Informers::with(client.clone(), Settings::default(), Seed::new(7));
    (client, informers.namespace("default"))
}

fn map(name: &str, value: &str) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            labels: Some([("tier".to_owned(), "gold".to_owned())].into()),
            ..ObjectMeta::default()
        },
        data: Some([("value".to_owned(), value.to_owned())].into()),
        ..ConfigMap::default()
    }
}

/// Runs the informers beside a story.
async fn play(informers: &Informers, story: impl Future<Output = ()>) {
    let shutdown = Shutdown::new();
    let running = informers.run(shutdown.clone());
    let story = async {
        let synced = tokio::time::timeout(Duration::from_secs(120), informers.synced());
        synced.await.expect("it syncs");
        story.await;
        shutdown.begin();
    };
    let (ended, ()) = tokio::join!(running, story);
    ended.expect("it ends in order");
}

/// Waits for a state.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            pass(Duration::from_millis(10)).await;
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(120), wait).await;
    assert!(ended.is_ok(), "{what}");
}

#[expect(clippy::disallowed_methods, reason = "the clock is paused")]
async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_is_found_by_its_short_name_is_cached_as_json() {
    let (client, informers) = world();
    let maps = client.namespace("default");
    maps.create(&map("old", "1")).await.unwrap();
    let resource = client.discovery().resolve("cm").await.unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let (adds, changes) = (Arc::clone(&told), Arc::clone(&told));
    let handle = informers
        .dynamic(resource)
        .on_add(move |object| {
            // Every namespace gets one by itself.
            if object.name() != "kube-root-ca.crt" {
                adds.lock().unwrap().push(format!("+{}", object.name()));
            }
        })
        .on_update(move |_, object| {
            changes.lock().unwrap().push(format!(
                "{}={}",
                object.name(),
                object.data["data"]["value"]
            ));
        });
    play(&informers, async {
        maps.create(&map("new", "1")).await.unwrap();
        until("it is told of the new one", || {
            told.lock().unwrap().last().is_some_and(|last| last == "+new")
        })
        .await;
        maps.apply(&map("new", "2")).field_manager("me").force(true).await.unwrap();
        until("it is told of the change", || told.lock().unwrap().len() == 3).await;
        assert_eq!(*told.lock().unwrap(), ["+old", "+new", "new=\"2\""]);
        // An item of a list does not say what it is; the cache does.
        for name in ["old", "new"] {
            let object = handle.lister().get("default", name).unwrap().unwrap();
            assert_eq!((&*object.api_version, &*object.kind), ("v1", "ConfigMap"));
        }
        assert_eq!(handle.lister().labels("tier=gold").list().unwrap().len(), 2);
        assert_eq!(handle.lister().labels("tier=lead").list().unwrap().len(), 0);
        handle.registration().unwrap().remove();
        maps.delete::<ConfigMap>("old").await.unwrap();
        maps.create(&map("late", "1")).await.unwrap();
        until("it is cached", || handle.lister().get("default", "late").unwrap().is_some()).await;
        assert_eq!(told.lock().unwrap().len(), 3, "the handler was removed");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_informer_of_metadata_is_sent_nothing_else() {
    let (client, informers) = world();
    let maps = client.namespace("default");
    maps.create(&map("old", "much")).await.unwrap();
    let heads = informers.metadata(ConfigMap::RESOURCE);
    let whole = informers.of::<ConfigMap>();
    play(&informers, async {
        maps.create(&map("new", "much")).await.unwrap();
        let there = || {
            let (heads, whole) = (heads.lister().list(), whole.lister().list());
            heads.len() == whole.len() && heads.len() >= 2
        };
        until("both are cached", there).await;
        for state in heads.store().list() {
            assert!(!String::from_utf8_lossy(&state.json()).contains("much"));
        }
        let head = heads.lister().get("default", "new").unwrap().unwrap();
        assert_eq!(head.labels()["tier"], "gold");
        assert!(whole.lister().get("default", "new").unwrap().unwrap().data.is_some());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_informer_that_is_removed_ends_and_whoever_asks_again_gets_a_new_one() {
    let (client, informers) = world();
    let maps = client.namespace("default");
    let heads = informers.metadata(ConfigMap::RESOURCE);
    let removed = informers.of::<ConfigMap>();
    let mut notices = removed.listen();
    play(&informers, async {
        maps.create(&map("x", "1")).await.unwrap();
        until("it is cached", || removed.lister().get("default", "x").unwrap().is_some()).await;
        informers.remove(&ConfigMap::RESOURCE);
        let ended = async { while notices.next().await.is_some() {} };
        let ended = tokio::time::timeout(Duration::from_secs(120), ended).await;
        assert!(ended.is_ok(), "its handlers are told that it is over");
        maps.create(&map("y", "1")).await.unwrap();
        let again = informers.of::<ConfigMap>();
        until("the new one has it", || again.lister().get("default", "y").unwrap().is_some()).await;
        assert!(removed.lister().get("default", "y").unwrap().is_none(), "it has ended");
        assert!(heads.lister().get("default", "y").unwrap().is_none(), "of this kind none is left");
        assert_eq!(informers.all().len(), 1);
    })
    .await;
}
