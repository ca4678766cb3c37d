//! What a reconcile function is handed: its own objects, its hands, its name and the time, each used as a user would.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::jiff::Timestamp;
use kube_embedded::Fault;
use kube_runtime::prelude::*;
use kube_testing::Cluster;
use serde_json::json;

/// A team with a ConfigMap for each member.
#[derive(Resource, Clone, Debug)]
#[resource(group = "test.example.com", version = "v1", kind = "Team", namespaced)]
struct TeamSpec {
    members: Vec<String>,
}

/// What the reconciles of a test write down.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn add(&self, note: String) {
        self.0.lock().unwrap().push(note);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn map(name: &str) -> ConfigMap {
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    ConfigMap { metadata, ..ConfigMap::default() }
}

fn team(name: &str, members: &[&str]) -> Team {
    Team::new(name, TeamSpec { members: members.iter().map(|&member| member.into()).collect() })
}

/// Makes what is missing, and takes away what is too much.
#[controller(owns(ConfigMap), permissions(ConfigMap: delete))]
async fn seats(
    team: Object<Team>,
    cx: Cx<Team>,
    owned: Owned<ConfigMap>,
    notes: State<Notes>,
) -> Result<Action> {
    for member in &team.spec.members {
        if owned.get(member).is_none() {
            cx.apply(map(member)).await?;
        }
    }
    for seat in owned.list() {
        if !team.spec.members.iter().any(|member| member == seat.name()) {
            notes.add(format!(
                "{} went: {}",
                seat.name(),
                cx.delete::<ConfigMap>(seat.name()).await?
            ));
        }
    }
    if cx.delete::<ConfigMap>("nobody").await? {
        notes.add("nobody went".to_owned());
    }
    Ok(Action::done())
}

async fn names(cluster: &Cluster) -> BTreeSet<String> {
    let maps = cluster.list::<ConfigMap>().await.into_iter();
    let owned = maps.filter(|map| !map.owner_references().is_empty());
    owned.map(|map| map.name().to_owned()).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[kube_testing::test]
async fn an_owner_is_handed_its_own_objects_and_no_others(cluster: Cluster) {
    let notes = Notes::default();
    cluster.run(Operator::new("teams").state(notes.clone()).controller(seats)).await;
    cluster.create(&map("dan")).await;
    cluster.create(&team("red", &["ada", "bob"])).await;
    cluster.create(&team("blue", &["cid"])).await;
    cluster.settled().await;
    assert_eq!(names(&cluster).await, set(&["ada", "bob", "cid"]));
    assert_eq!(notes.take(), [""; 0], "what is not there did not go");

    cluster.patch::<Team>("red", json!({ "spec": { "members": ["bob"] } })).await;
    cluster.settled().await;
    assert_eq!(names(&cluster).await, set(&["bob", "cid"]));
    assert_eq!(notes.take(), ["ada went: true"]);
    assert!(cluster.find::<ConfigMap>("dan").await.is_some(), "it belongs to nobody");
}

#[kube_testing::test]
async fn a_deletion_that_the_server_refuses_fails_the_reconcile(cluster: Cluster) {
    let notes = Notes::default();
    cluster.run(Operator::new("teams").state(notes.clone()).controller(seats)).await;
    cluster.create(&team("red", &["ada"])).await;
    cluster.settled().await;
    cluster.faults().inject(Fault::refuse(500).on("delete", "configmaps").times(3));
    cluster.patch::<Team>("red", json!({ "spec": { "members": [] } })).await;
    cluster.settled().await;
    assert_eq!(notes.take(), [""; 0]);
    cluster.advance("1m").await;
    assert_eq!(notes.take(), ["ada went: true"], "it was tried again");
}

#[kube_testing::test]
async fn a_reconcile_knows_its_controllers_name_and_the_time_that_the_test_set(cluster: Cluster) {
    async fn look(_: Object<Team>, cx: Cx<Team>, notes: State<Notes>) -> Result<Action> {
        notes.add(format!("{} at {}", cx.controller(), cx.now()));
        Ok(Action::after(std::time::Duration::from_secs(60)))
    }
    let notes = Notes::default();
    let controller = Controller::of("looker", look);
    cluster.run(Operator::new("lookers").state(notes.clone()).controller(controller)).await;
    cluster.create(&team("red", &[])).await;
    cluster.settled().await;
    cluster.advance("1m").await;
    let times: Vec<Timestamp> = notes
        .take()
        .iter()
        .map(|note| note.strip_prefix("looker at ").unwrap().parse().unwrap())
        .collect();
    assert_eq!(times.len(), 2);
    assert_eq!(times[1].duration_since(times[0]).as_secs(), 60);
}

#[kube_testing::test]
async fn a_controller_with_an_underscore_cleans_up_after_a_kind_of_kubernetes(cluster: Cluster) {
    #[controller(cleanup = clean)]
    async fn keep_maps(_: Object<ConfigMap>) -> Result<Action> {
        Ok(Action::done())
    }
    async fn clean(_: Object<ConfigMap>) -> Result<Action> {
        Ok(Action::done())
    }
    cluster.run(keep_maps).await;
    let metadata = ObjectMeta { name: Some("a".to_owned()), ..ObjectMeta::default() };
    cluster.create(&ConfigMap { metadata, ..ConfigMap::default() }).await;
    cluster.settled().await;
    assert_eq!(cluster.get::<ConfigMap>("a").await.finalizers(), ["keep-maps/cleanup"]);
    cluster.delete::<ConfigMap>("a").await;
    cluster.settled().await;
    assert!(cluster.find::<ConfigMap>("a").await.is_none());
}
