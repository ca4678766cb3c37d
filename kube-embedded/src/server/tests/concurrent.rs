//! Many writers at once.

use super::*;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn patches_of_many_writers_are_all_there_and_each_was_seen_once() {
    let client = Arc::new(Client::new());
    client.post(MAPS, map("m")).await;
    let from = client.server.revision();
    let mut writers = JoinSet::new();
    for writer in 0..8 {
        let client = Arc::clone(&client);
        writers.spawn(async move {
            for round in 0..25 {
                let key = format!("k{writer}-{round}");
                let patch = json!({"data": {key: "x"}});
                assert_eq!(client.merge(&format!("{MAPS}/m"), patch).await.0, 200);
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    let (_, object) = client.get(&format!("{MAPS}/m")).await;
    assert_eq!(object["data"].as_object().unwrap().len(), 1 + 8 * 25);
    assert_eq!(client.server.revision(), from + 8 * 25);
    let mut watch = client.watch(&format!("{MAPS}?watch=1&resourceVersion={from}")).await;
    let mut revisions = Vec::new();
    while revisions.len() < 8 * 25 {
        for event in events(&mut watch).await {
            let text = event["object"]["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
            revisions.push(text.parse::<u64>().unwrap());
        }
    }
    let wanted: Vec<u64> = (from + 1..=from + 8 * 25).collect();
    assert_eq!(revisions, wanted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_writers_who_know_the_same_state_one_wins() {
    let client = Arc::new(Client::new());
    let (_, first) = client.post(MAPS, map("m")).await;
    let mut writers = JoinSet::new();
    for writer in 0..8 {
        let (client, mut mine) = (Arc::clone(&client), first.clone());
        mine["data"]["a"] = format!("of {writer}").into();
        writers.spawn(async move { client.put(&format!("{MAPS}/m"), mine).await.0 });
    }
    let mut codes = writers.join_all().await;
    codes.sort_unstable();
    assert_eq!(codes[0], 200);
    assert!(codes[1..].iter().all(|code| *code == 409), "{codes:?}");
}
