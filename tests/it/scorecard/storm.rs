//! Many writers of one object at once: no write is lost, and few are in vain.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::Client;
use kube_core::ResourceExt as _;
use kube_embedded::Fault;
use kube_embedded::Server;
use kube_testing::InProcess;
use serde_json::json;

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

fn count(server: &Server, verb: &str) -> u64 {
    server.journal().iter().filter(|entry| entry.verb == verb).count() as u64
}

#[tokio::test(start_paused = true)]
async fn of_32_writers_of_one_object_nobody_loses_a_write_and_each_needs_four_attempts_at_most() {
    let times = seeds(25).end;
    let (server, client) = far(1).await;
    let maps = client.namespace("default").api::<ConfigMap>();
    let writer = async |seed| {
        for turn in 0..times {
            let modify = maps.modify("count", increase).seed(seed * times + turn);
            modify.await.unwrap();
        }
    };
    join_all((0..WRITERS).map(writer)).await;
    let (attempts, ideal) = (count(&server, "update"), WRITERS * times);
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
    assert_eq!(count(&server, "patch"), WRITERS * times, "somebody tried again");
}
