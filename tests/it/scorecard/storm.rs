//! Many writers of one object at once: no write is lost, and few are in vain.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::future::join_all;
use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::Client;
use kube_core::ResourceExt as _;
use kube_embedded::Fault;
use kube_embedded::Server;
use kube_testing::InProcess;
use serde_json::json;
use tokio::time::Instant;

use super::seeds;

const WRITERS: u64 = 32;

/// A server that is some way off, with one object, and its client.
async fn far(seed: u64) -> (Server, Client) {
    let server = Server::builder().seed(seed).build();
    let client = Client::over(Arc::new(InProcess::new(&server, server.admin_token())));
    let map = serde_json::from_value::<ConfigMap>(json!({ "metadata": { "name": "count" } }));
    client.namespace("default").create(&map.unwrap()).await.unwrap();
    let (least, most) = (Duration::from_millis(1), Duration::from_millis(10));
    server.faults().inject(Fault::delay_between(least, most).on("*", "configmaps").always());
    (server, client)
}

fn increase(map: &mut ConfigMap) {
    let count = map.data.get_or_insert_default().entry("count".to_owned()).or_default();
    *count = (count.parse().unwrap_or(0) + 1).to_string();
}

/// Counts the attempts: the server's journal is too short for those of a night.
fn counted(attempts: &Arc<AtomicU64>) -> impl FnMut(&mut ConfigMap) + Send + 'static {
    let attempts = Arc::clone(attempts);
    move |map| {
        attempts.fetch_add(1, Ordering::Relaxed);
        increase(map);
    }
}

#[tokio::test(start_paused = true)]
async fn of_32_writers_of_one_object_nobody_loses_a_write_and_each_needs_four_attempts_at_most() {
    let times = seeds(25).end;
    let (_server, client) = far(1).await;
    let maps = client.namespace("default").api::<ConfigMap>();
    let attempts = Arc::<AtomicU64>::default();
    let writer = async |seed| {
        for turn in 0..times {
            let increase = counted(&attempts);
            let modify = maps.modify("count", increase).seed(seed * times + turn);
            modify.await.unwrap();
        }
    };
    join_all((0..WRITERS).map(writer)).await;
    let (attempts, ideal) = (attempts.load(Ordering::Relaxed), WRITERS * times);
    assert_eq!(maps.get("count").await.unwrap().data.unwrap()["count"], ideal.to_string());
    assert!((2 * ideal..=4 * ideal).contains(&attempts), "{attempts} attempts for {ideal}");
}

#[tokio::test(start_paused = true)]
async fn of_32_who_apply_to_one_object_nobody_meets_a_conflict() {
    let times = seeds(25).end;
    let (server, client) = far(1).await;
    let maps = client.namespace("default").api::<ConfigMap>();
    let writer = async |number: u64| {
        for turn in 1..=times {
            let (name, turn) = (format!("of-{number}"), turn.to_string());
            let map = json!({ "metadata": { "name": "count" }, "data": { name.clone(): turn } });
            let map = serde_json::from_value::<ConfigMap>(map).unwrap();
            maps.apply(&map).field_manager(name).await.unwrap();
        }
    };
    join_all((0..WRITERS).map(writer)).await;
    let map = maps.get("count").await.unwrap();
    assert_eq!(map.name(), "count");
    let data = map.data.unwrap();
    assert!((0..WRITERS).all(|number| data[&format!("of-{number}")] == times.to_string()));
    let patches = server.journal().iter().filter(|entry| entry.verb == "patch").count();
    assert_eq!(patches as u64, WRITERS * times, "somebody tried again");
}

#[tokio::test(start_paused = true)]
async fn who_has_lost_for_long_tries_more_often_and_is_not_starved_by_those_who_come_later() {
    let (server, client) = far(1).await;
    server.faults().clear();
    server.faults().inject(Fault::refuse(409).on("update", "configmaps").always());
    let maps = client.namespace("default").api::<ConfigMap>();
    let (attempts, begun) = (Arc::<AtomicU64>::default(), Instant::now());
    let modify = maps.modify("count", counted(&attempts)).seed(1);
    let error = modify.within(Duration::from_secs(30)).await.unwrap_err();
    assert!(error.is_conflict(), "{error:?}");
    assert!((28..=30).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    let attempts = attempts.load(Ordering::Relaxed);
    assert!((60..=300).contains(&attempts), "{attempts} attempts");
}
