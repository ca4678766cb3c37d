//! Many changes of many objects with a fault every hundred, under a running controller: nothing is lost, nothing done twice at once.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::Patch;
use kube_embedded::Ending;
use kube_embedded::Fault;
use kube_runtime::prelude::*;
use kube_testing::__private::run;
use kube_testing::Cluster;
use serde_json::json;
use tokio::time::Instant;

use super::Blamed;
use super::seeds;

/// Whose requests meet the faults.
const USER: &str = "system:serviceaccount:default:follow";

/// Uids and versions by name.
type States = BTreeMap<String, (String, String)>;

/// What the reconciles saw.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Sight>>);

#[derive(Default)]
struct Sight {
    last: States,
    running: BTreeSet<String>,
    twice: usize,
    reconciles: usize,
    cache: Option<Lister<ConfigMap>>,
}

fn state(map: &ConfigMap) -> (String, (String, String)) {
    let uid = map.metadata.uid.clone().unwrap();
    (map.name().to_owned(), (uid, map.metadata.resource_version.clone().unwrap()))
}

#[controller(workers = 4)]
async fn follow(
    map: Object<ConfigMap>,
    cache: Lister<ConfigMap>,
    seen: State<Seen>,
) -> Result<Action> {
    let (name, version) = state(&map);
    // Every namespace has another one.
    if !name.starts_with("map-") {
        return Ok(Action::done());
    }
    let pause = {
        let mut seen = seen.0.lock().unwrap();
        seen.twice += usize::from(!seen.running.insert(name.clone()));
        seen.reconciles += 1;
        seen.cache = Some(cache.clone());
        Duration::from_millis(seen.reconciles as u64 % 4)
    };
    tokio::time::sleep_until(Instant::now() + pause).await;
    let mut seen = seen.0.lock().unwrap();
    seen.running.remove(&name);
    seen.last.insert(name, version);
    Ok(Action::done())
}

/// One fault, and the end of the watch, so that it is met soon.
fn fault(cluster: &Cluster, random: &mut fastrand::Rng) {
    let inject = |fault: Fault| cluster.faults().inject(fault.by(USER));
    let ending =
        [Ending::Close, Ending::Cut, Ending::CutInFrame, Ending::Expired][random.usize(0..4)];
    let verb = if random.bool() { "watch" } else { "list" };
    // What is planted for a list waits until there is one.
    if cluster.faults().waiting() > 3 {
        cluster.faults().clear();
    }
    match random.u8(0..8) {
        3 => inject(Fault::end_watch(random.usize(0..20), ending)),
        4 => inject(Fault::refuse(410).on(verb, "configmaps")),
        5 => inject(Fault::refuse(500).on(verb, "configmaps").times(random.usize(1..4))),
        6 => inject(Fault::lose_answer().on("list", "configmaps")),
        7 => cluster.server().compact(),
        _ => {}
    }
    cluster.server().end_watches(Some("configmaps"), ending);
}

/// A change of one object: there is one now, it is another, or none any more.
async fn change(cluster: &Cluster, random: &mut fastrand::Rng, there: &mut [bool], event: usize) {
    let number = random.usize(0..there.len());
    let (name, maps) = (format!("map-{number}"), cluster.api::<ConfigMap>());
    if !there[number] {
        let map = json!({ "metadata": { "name": name } });
        maps.create(&serde_json::from_value::<ConfigMap>(map).unwrap()).await.unwrap();
        there[number] = true;
    } else if random.u8(0..10) == 0 {
        maps.delete(&*name).await.unwrap();
        there[number] = false;
    } else {
        let data = json!({ "data": { "event": event.to_string() } });
        maps.patch(&*name, Patch::Merge(data)).await.unwrap();
    }
}

async fn soak(cluster: &Cluster, seed: u64, keys: usize, events: usize) {
    let mut random = fastrand::Rng::with_seed(seed);
    let (seen, mut there) = (Seen::default(), vec![false; keys]);
    cluster.run(Operator::new("follow").state(seen.clone()).controller(follow)).await;
    for event in 0..events {
        change(cluster, &mut random, &mut there, event).await;
        if random.u8(0..100) == 0 {
            fault(cluster, &mut random);
        }
        if random.u8(0..4) == 0 {
            cluster.advance(Duration::from_millis(random.u64(0..2_000))).await;
        }
    }
    cluster.faults().clear();
    cluster.advance("5m").await;
    let ours = |(name, _): &(String, _)| name.starts_with("map-");
    let live: States = cluster.list::<ConfigMap>().await.iter().map(state).filter(ours).collect();
    let sight = std::mem::take(&mut *seen.0.lock().unwrap());
    let cached = sight.cache.expect("something was reconciled").list();
    assert_eq!(cached.iter().map(|map| state(map)).filter(ours).collect::<States>(), live);
    assert_eq!(sight.twice, 0, "a key was reconciled twice at once");
    for (name, version) in &live {
        assert_eq!(sight.last.get(name), Some(version), "{name} after its last change");
    }
    // Beside those that hit a request there are watches that end, and history that goes.
    let hits = cluster.faults().hits().len();
    let enough = sight.reconciles >= events / 4 && hits >= events / 1_000;
    assert!(enough, "{} reconciles, {hits} faults: too calm", sight.reconciles);
}

#[test]
fn after_many_changes_of_many_objects_and_faults_each_was_reconciled_in_its_last_state() {
    // Twenty times as many by night: a million.
    let times = usize::try_from(seeds(1).end).unwrap();
    let (seed, keys, events) = (1, 500 * times, 50_000 * times);
    let _blamed = Blamed(seed);
    run("soak", async move |cluster: Cluster| soak(&cluster, seed, keys, events).await);
}
