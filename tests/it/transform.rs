//! Objects that are changed before they are kept: what is left is what everybody sees.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use kube_embedded::Server;
use kube_runtime::clock::Seed;
use kube_runtime::flow::Key;
use kube_runtime::indexer::Cache;
use kube_runtime::informer::CacheOptions;
use kube_runtime::informer::Informers;
use kube_runtime::prelude::*;
use kube_runtime::reflector::Settings;
use kube_runtime::shutdown::Shutdown;
use kube_testing::Cluster;
use kube_testing::InProcess;
use serde_json::json;

/// Says what it sees of a Secret.
async fn look(secret: Object<Secret>, seen: State<Arc<Mutex<Vec<String>>>>) -> Result<Action> {
    let data = secret.data.as_ref().map_or("no data", |_| "data");
    seen.lock().unwrap().push(format!("{}: {data}", secret.name()));
    Ok(Action::done())
}

fn without_data() -> CacheOptions {
    CacheOptions::default()
        .transform(|secret| _ = secret.as_object_mut().map(|secret| secret.remove("data")))
}

#[kube_testing::test]
async fn an_operator_keeps_each_kind_as_it_was_told(cluster: Cluster) {
    let seen = Arc::new(Mutex::new(Vec::<String>::new()));
    let operator = Operator::new("looker")
        .state(Arc::clone(&seen))
        .cache::<Secret>(without_data())
        .controller(Controller::of("look", look));
    let explained = operator.explain();
    assert!(explained.contains("reconciled, changed before it is kept"), "{explained}");
    cluster.run(operator).await;
    cluster.create(&secret("a", "hidden")).await;
    cluster.settled().await;
    assert_eq!(*seen.lock().unwrap(), ["a: no data"]);
}

#[kube_testing::test]
async fn each_transform_has_an_informer_of_its_own(cluster: Cluster) {
    let informers = Informers::new(cluster.client().clone());
    let one = informers.clone().transform(|_| ());
    let other = informers.clone().transform(|secret| secret["type"] = "other".into());
    for view in [&informers, &one, &other, &one] {
        _ = view.of::<Secret>();
    }
    assert_eq!(informers.all().len(), 3);
}

#[kube_testing::test]
async fn who_says_how_a_kind_is_kept_that_nothing_caches_is_told(cluster: Cluster) {
    let operator = Operator::new("looker")
        .state(Arc::new(Mutex::new(Vec::<String>::new())))
        .cache::<ConfigMap>(Cache::Typed)
        .controller(Controller::of("look", look));
    let refused = operator.start(cluster.client().clone(), Shutdown::new()).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "operator `looker` is told how to keep configmaps and no controller of it follows or reads them: take `.cache::<ConfigMap>(..)` away"
    );
}

fn secret(name: &str, value: &str) -> Secret {
    let metadata = json!({ "name": name, "namespace": "default" });
    serde_json::from_value(json!({ "metadata": metadata, "stringData": { "key": value } })).unwrap()
}

#[tokio::test(start_paused = true)]
async fn handlers_readers_and_own_writes_see_what_the_transform_left() {
    for streaming in [true, false] {
        let server = Server::builder().seed(7).build();
        let client = Client::over(Arc::new(InProcess::new(&server, server.admin_token())));
        client.namespace("default").create(&secret("old", "hidden")).await.unwrap();
        let mut settings = Settings::default();
        settings.streaming = streaming;
        let informers =
            Informers::with(client.clone(), settings, Seed::new(7)).transform(|object| {
                let secret = object.as_object_mut().expect("an object");
                secret.remove("data");
                secret.insert("type".to_owned(), "without data".into());
            });
        let told = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&told);
        let secrets = informers.of::<Secret>().on_add(move |secret| {
            writer.lock().unwrap().push(secret);
        });
        let writing = client.observed_by(informers.observer()).namespace("default");
        let shutdown = Shutdown::new();
        let story = async {
            secrets.synced().await;
            writing.create(&secret("own", "hidden")).await.unwrap();
            // Before the watch can have brought it, and after.
            for wait in [0, 1] {
                tokio::time::sleep_until(tokio::time::Instant::now() + Duration::from_secs(wait))
                    .await;
                let own =
                    secrets.lister().find(&Key::namespaced("default", "own")).unwrap().unwrap();
                assert_eq!((&own.data, own.type_.as_deref()), (&None, Some("without data")));
            }
            shutdown.begin();
        };
        let (ended, ()) = tokio::join!(informers.run(shutdown.clone()), story);
        ended.unwrap();
        let told = told.lock().unwrap();
        let ours = told.iter().filter(|secret| secret.type_.as_deref() == Some("without data"));
        assert_eq!((ours.count(), told.len()), (2, 2), "streaming: {streaming}");
        assert!(told.iter().all(|secret| secret.data.is_none()));
    }
}
