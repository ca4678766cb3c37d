//! Reconciles that something outside of the cluster, or another controller, asks for.

use std::sync::Arc;
use std::sync::Mutex;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;
use kube_testing::Cluster;

/// A room that is warmed.
#[derive(Resource, Clone, Debug)]
#[resource(group = "test.example.com", version = "v1", kind = "Room", namespaced)]
struct RoomSpec {
    warm: bool,
}

/// Which objects were reconciled.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, entry: &str) {
        self.0.lock().unwrap().push(entry.to_owned());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// No change in the cluster leads to a reconcile.
#[controller(predicate = |_: &Notice| false)]
async fn warm(room: Object<Room>, log: State<Log>) -> Result<Action> {
    log.add(room.name());
    Ok(Action::done())
}

#[controller]
async fn thermostat(
    map: Object<ConfigMap>,
    rooms: Trigger<Room>,
    log: State<Log>,
) -> Result<Action> {
    let told = rooms.reconcile(&Key::namespaced("default", map.name()));
    log.add(&format!("{} {told:?}", map.name()));
    Ok(Action::done())
}

fn map(name: &str) -> ConfigMap {
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    ConfigMap { metadata, ..ConfigMap::default() }
}

fn room(name: &str) -> Room {
    Room::new(name, RoomSpec { warm: true })
}

fn key(name: &str) -> Key {
    Key::namespaced("default", name)
}

/// Whether it is a line of the text, however its columns are set.
fn says(text: &str, expected: &str) -> bool {
    text.lines().any(|line| line.split_whitespace().eq(expected.split_whitespace()))
}

#[kube_testing::test]
async fn a_trigger_reconciles_what_the_cache_has_and_says_what_became_of_it(cluster: Cluster) {
    let log = Log::default();
    let operator = Operator::new("heating").state(log.clone()).controller(warm);
    let trigger = operator.trigger::<Room>();
    assert!(says(&operator.explain(), "the program asks for it it"), "{}", operator.explain());
    assert_eq!(trigger.reconcile(&key("hall")), Triggered::NotRunning);
    cluster.run(operator).await;
    cluster.create(&room("hall")).await;
    cluster.create(&room("attic")).await;
    cluster.settled().await;
    assert_eq!(log.take(), [""; 0], "what is asked for is all that happens");
    for _ in 0..3 {
        assert_eq!(trigger.clone().reconcile(&key("hall")), Triggered::Enqueued);
    }
    assert_eq!(trigger.reconcile(&key("cellar")), Triggered::NoSuchObject);
    cluster.settled().await;
    assert_eq!(log.take(), ["hall"], "one key is queued once");
    cluster.stop().await;
    assert_eq!(trigger.reconcile(&key("hall")), Triggered::NotRunning);
}

#[kube_testing::test]
async fn a_reconcile_of_one_kind_asks_for_one_of_another(cluster: Cluster) {
    let log = Log::default();
    let operator = Operator::new("heating").state(log.clone());
    let operator = operator.controller(warm).controller(thermostat);
    let explained = operator.explain();
    assert!(says(&explained, "controller `thermostat` asks for it it"), "{explained}");
    cluster.run(operator).await;
    cluster.create(&room("hall")).await;
    cluster.settled().await;
    cluster.create(&map("hall")).await;
    cluster.create(&map("cellar")).await;
    cluster.settled().await;
    let mut told = log.take();
    told.sort_unstable();
    let expected = ["cellar NoSuchObject", "hall", "hall Enqueued"];
    assert!(expected.iter().all(|one| told.iter().any(|entry| entry == one)), "{told:?}");
    assert_eq!(told.iter().filter(|entry| *entry == "hall").count(), 1);
}

#[kube_testing::test]
async fn a_trigger_of_what_nobody_reconciles_is_an_error_at_start_before_any_request(
    cluster: Cluster,
) {
    let asked = cluster.journal().len();
    let argument = Operator::new("heating").state(Log::default()).controller(thermostat);
    let program = Operator::new("heating").state(Log::default()).controller(warm);
    let _trigger = program.trigger::<ConfigMap>();
    for (operator, expected) in [
        (argument, "controller `thermostat` asks for a `Trigger<Room>`"),
        (program, "the program took a `Trigger<ConfigMap>`"),
    ] {
        let error = operator.start(cluster.client().clone(), Shutdown::new()).await.unwrap_err();
        let said = error.to_string();
        assert!(said.starts_with(expected) && said.contains("`.controller(..)`"), "{said}");
    }
    assert_eq!(cluster.journal().len(), asked);
}

#[kube_testing::test]
async fn who_runs_the_operator_takes_a_trigger_while_it_runs(cluster: Cluster) {
    let log = Log::default();
    let operator = Operator::new("heating").state(log.clone()).controller(warm);
    operator.install_crds(cluster.client()).await.unwrap();
    cluster.create(&room("hall")).await;
    let running = operator.start(cluster.client().clone(), Shutdown::new()).await.unwrap();
    let trigger = running.trigger::<Room>().unwrap();
    assert_eq!(trigger.reconcile(&key("hall")), Triggered::Enqueued);
    cluster.settled().await;
    assert_eq!(log.take(), ["hall"]);
    assert!(running.trigger::<ConfigMap>().is_err());
    // An operator that was dropped, and not stopped, reconciles nothing either.
    drop(running);
    cluster.settled().await;
    assert_eq!(trigger.reconcile(&key("hall")), Triggered::NotRunning);
}
