//! One informer for all who ask for the same, run whenever they ask.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use kube_core::Client;
use kube_core::Resource;
use kube_embedded::Server;
use kube_runtime::clock::Seed;
use kube_runtime::informer::Informers;
use kube_runtime::reflector::Settings;
use kube_runtime::shutdown::Shutdown;
use kube_testing::InProcess;

fn world() -> (Server, Informers) {
    let server = Server::builder().seed(7).build();
    let client = Client::over(Arc::new(InProcess::new(&server, server.admin_token())));
    (server, Informers::with(client, Settings::default(), Seed::new(7)))
}

/// How often the server was asked for a kind, as a stream.
fn asked(server: &Server, plural: &str) -> usize {
    let ours = |path: &str| path.contains(&format!("/{plural}"));
    let journal = server.journal();
    journal.iter().filter(|entry| entry.verb == "watch" && ours(&entry.path)).count()
}

async fn within<T>(story: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(120), story).await.expect("it comes to an end")
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_for_the_same_kind_gets_the_same_informer() {
    let (server, informers) = world();
    let first = informers.of::<ConfigMap>();
    let again = [
        informers.clone().of::<ConfigMap>().store().clone(),
        informers.dynamic(ConfigMap::RESOURCE).store().clone(),
        informers.of_resource(ConfigMap::RESOURCE).store().clone(),
    ];
    assert_eq!(informers.all().len(), 1);
    // Another place, selector or part of the objects is another cache.
    let others = [
        informers.clone().namespace("default").of_resource(ConfigMap::RESOURCE),
        informers.clone().labels("app=web".parse().unwrap()).of_resource(ConfigMap::RESOURCE),
    ];
    drop(informers.metadata(ConfigMap::RESOURCE));
    assert_eq!(informers.all().len(), 2 + others.len());
    let shutdown = Shutdown::new();
    let map = serde_json::json!({ "metadata": { "name": "map", "namespace": "default" } });
    let map: ConfigMap = serde_json::from_value(map).unwrap();
    let client = Client::over(Arc::new(InProcess::new(&server, server.admin_token())));
    client.namespace("default").create(&map).await.unwrap();
    let story = async {
        within(informers.synced()).await;
        shutdown.begin();
    };
    let (ended, ()) = tokio::join!(informers.run(shutdown.clone()), story);
    ended.unwrap();
    assert!(!first.store().is_empty());
    assert!(again.iter().all(|store| store.len() == first.store().len()), "one cache");
    assert_eq!(asked(&server, "configmaps"), 2 + others.len(), "each is asked for once");
}

#[tokio::test(start_paused = true)]
async fn an_informer_that_is_asked_for_later_is_run_and_one_after_the_end_is_not() {
    let (server, informers) = world();
    let maps = informers.of::<ConfigMap>();
    let shutdown = Shutdown::new();
    let mut notices = None;
    let story = async {
        within(maps.synced()).await;
        let secrets = informers.of::<Secret>();
        within(secrets.synced()).await;
        notices = Some(maps.listen());
        shutdown.begin();
    };
    let (ended, ()) = within(async { tokio::join!(informers.run(shutdown.clone()), story) }).await;
    ended.unwrap();
    // The end waited for every informer: whoever listens is told of what there was, and of the end.
    let mut notices = notices.unwrap();
    let told = async {
        let mut told = 0;
        while notices.next().await.is_some() {
            told += 1;
        }
        told
    };
    assert_eq!(within(told).await, maps.store().len());
    let before = server.journal().len();
    let late = informers.of::<k8s_openapi::api::core::v1::Node>();
    assert!(tokio::time::timeout(Duration::from_secs(3600), late.synced()).await.is_err());
    informers.run(shutdown).await.unwrap();
    assert_eq!(server.journal().len(), before, "nothing is asked after the end");
}
