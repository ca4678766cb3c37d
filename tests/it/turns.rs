//! Many keys and few workers, many reconciles and few wake-ups: each gets its turn, and no other is disturbed.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::sync::Mutex;

use futures::future::poll_fn;
use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;
use kube_testing::Cluster;
use serde_json::json;
use tokio::sync::Semaphore;

async fn create(cluster: &Cluster, name: &str) {
    let map = json!({ "metadata": { "name": name, "labels": { "turn": "mine" } } });
    cluster.create(&serde_json::from_value::<ConfigMap>(map).unwrap()).await;
}

/// Objects that are the test's own: every namespace has a map of its own too.
fn is_mine(map: &ConfigMap) -> bool {
    map.labels().contains_key("turn")
}

#[kube_testing::test]
async fn keys_wait_for_a_worker_in_the_order_in_which_they_came(cluster: Cluster) {
    type Turns = Arc<Mutex<Vec<String>>>;
    #[controller(workers = 1)]
    async fn take(map: Object<ConfigMap>, turns: State<Turns>) -> Result<Action> {
        if is_mine(&map) {
            turns.lock().unwrap().push(map.name().to_owned());
            tokio::time::sleep_until(
                tokio::time::Instant::now() + std::time::Duration::from_secs(1),
            )
            .await;
        }
        Ok(Action::done())
    }
    let turns = Turns::default();
    cluster.run(Operator::new("turns").state(Arc::clone(&turns)).controller(take)).await;
    // In no order that a hash or an alphabet would make.
    let names: Vec<_> = (0..40).map(|number| format!("map-{}", (number * 17) % 41)).collect();
    for name in &names {
        create(&cluster, name).await;
    }
    cluster.advance("1m").await;
    assert_eq!(*turns.lock().unwrap(), names);
}

/// How often each reconcile was polled, and what lets it go on.
#[derive(Clone, Default)]
struct Parked(Arc<Mutex<HashMap<String, Place>>>);

type Place = (usize, Arc<Semaphore>);

fn closed() -> Place {
    (0, Arc::new(Semaphore::new(0)))
}

impl Parked {
    async fn here(&self, name: &str) {
        let gate =
            Arc::clone(&self.0.lock().unwrap().entry(name.to_owned()).or_insert_with(closed).1);
        let mut opened = pin!(gate.acquire());
        poll_fn(|context| {
            self.0.lock().unwrap().get_mut(name).unwrap().0 += 1;
            opened.as_mut().poll(context)
        })
        .await
        .unwrap()
        .forget();
    }

    fn polls(&self) -> HashMap<String, usize> {
        let parked = self.0.lock().unwrap();
        parked.iter().map(|(name, (polls, _))| (name.clone(), *polls)).collect()
    }

    fn wake(&self, name: &str) {
        self.0.lock().unwrap()[name].1.add_permits(1);
    }
}

#[kube_testing::test]
async fn a_wake_up_polls_the_one_reconcile_that_it_is_for(cluster: Cluster) {
    #[controller(workers = 64)]
    async fn wait(map: Object<ConfigMap>, parked: State<Parked>) -> Result<Action> {
        if is_mine(&map) {
            parked.here(map.name()).await;
        }
        Ok(Action::done())
    }
    let parked = Parked::default();
    cluster.run(Operator::new("parked").state(parked.clone()).controller(wait)).await;
    for number in 0..60 {
        create(&cluster, &format!("map-{number}")).await;
    }
    cluster.settled().await;
    let mut before = parked.polls();
    assert_eq!(before.len(), 60, "all of them run at once");
    for number in 0..60 {
        let name = format!("map-{number}");
        parked.wake(&name);
        cluster.settled().await;
        *before.get_mut(&name).unwrap() += 1;
        assert_eq!(parked.polls(), before, "only `{name}` was woken");
    }
}
